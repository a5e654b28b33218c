#include "core/web/pages/frame/frame.h"

#include "core/rules/origin.h"
#include "core/web/pages/frame/assets.h"
#include "core/web/pages/frame/theme.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

// Not "no-referrer": a form on plain http would then send neither an origin nor where it comes
// from, and be refused.
HttpResponse page_of(std::string body, int status) {
  return {.status = status,
          .headers = {{"content-type", "text/html; charset=utf-8"},
                      {"cache-control", "no-store"},
                      {"content-security-policy", std::string(policy)},
                      {"x-content-type-options", "nosniff"},
                      {"referrer-policy", "same-origin"},
                      {"cross-origin-opener-policy", "same-origin"},
                      {"cross-origin-resource-policy", "same-origin"},
                      {"permissions-policy", "camera=(), geolocation=(), microphone=()"}},
          .body = std::move(body)};
}

Html brand() {
  return html<
      R"(<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M11 2v7.5a4 4 0 0 1-8 0V8l2.5 2.5"/></svg>thig-hooks)">();
}

std::string whole_page(const HttpRequest& request, std::string_view base, std::string_view title,
                       const Html& body) {
  const std::string_view theme = theme_of(request);
  const Html page = html<
      R"(<html lang="en"{}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{} · thig-hooks</title><link rel="stylesheet" href="{}"><link rel="icon" href="{}" type="image/svg+xml"><script type="module" src="{}"></script></head><body><a class="skip" href="#main">Skip to the content</a>{}<p class="aside-text" role="status" id="said"></p></body></html>)">(
      attribute<"data-theme">(theme, !theme.empty()), title, asset_link("admin.css"),
      asset_link("icon.svg"), asset_link("admin.js"), body);
  return "<!doctype html>\n" + Link::finish(page.text(), base);
}

Html way(std::string_view word, const char* path, bool current) {
  return html<R"(<a href="{}"{}>{}</a>)">(Link(path), attribute<"aria-current">("page", current),
                                          word);
}

Html me(const Member& member) {
  return html<
      R"(<div class="me"><button class="quiet" type="button" id="live" data-stream="{}" aria-pressed="false" aria-keyshortcuts="p" aria-label="Live updates: pause" hidden><span class="state enabled">Live</span></button><details class="menu"><summary class="btn quiet">{} · {}</summary><form method="post" action="{}"><ul><li><button name="theme" value="light">Light</button></li><li><button name="theme" value="dark">Dark</button></li><li><button name="theme" value="system">System</button></li><li><a class="btn" href="{}">Members</a></li><li><button formaction="{}">Log out</button></li></ul></form></details></div>)">(
      Link("/admin/live"), member.name, capital(to_text(member.role)), Link("/admin/theme"),
      Link("/admin/members"), Link("/admin/logout"));
}

Html head(const Caller& caller, Section section) {
  Html ways = way("Webhooks", "/admin/webhooks", section == Section::webhooks);
  ways += way("Deliveries", "/admin/deliveries", section == Section::deliveries);
  ways += way("Requests", "/admin/requests", section == Section::requests);
  ways += way("Audit log", "/admin/audit-logs", section == Section::audit);
  ways += way("Developer", "/admin/settings/developer", section == Section::developer);
  return html<
      R"(<header class="top"><a class="brand" href="{}">{}</a><nav aria-label="Main">{}</nav>{}</header>)">(
      Link("/admin/webhooks"), brand(), ways, me(caller.actor));
}

Html strip(std::string_view kind, std::string_view sign_kind, std::string_view bold,
           const Html& text, const Html& way_out) {
  return html<
      R"(<section class="note {} line" aria-label="{}"><p class="state {}"><strong>{}</strong> {}</p>{}</section>)">(
      kind, bold, sign_kind, bold, text, way_out);
}

// Seconds, for a browser's clock may be another one.
std::string seconds_of(Millis period) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(period).count());
}

// The one thing that is most wrong; nothing if all is well.
Html trouble(const Call& call, const WebhookTotals& totals) {
  const Status ready = call.service.check_ready();
  if (!ready && ready.error().code == ErrorCode::full) {
    return strip("failed", "disabled", "Not enough disk space.",
                 html<"New events are refused; nothing recorded is lost.">(),
                 command("thig-hooks prune --older-than 7d"));
  }
  if (!ready && totals.pending > 0) {
    return strip(
        "warning", "failing", "Deliveries are stopped.",
        html<"<code>thig-hooks run</code> is not running; {} waiting.">(
            totals.pending == 1 ? "1 delivery is" : grouped(totals.pending) + " deliveries are"),
        command("systemctl start thig-hooks"));
  }
  if (totals.disabled_by_failures > 0) {
    return strip(
        "failed", "disabled",
        totals.disabled_by_failures == 1 ? "1 webhook was disabled after failures."
                                         : fmt::format("{} webhooks were disabled after failures.",
                                                       grouped(totals.disabled_by_failures)),
        totals.disabled_by_failures == 1
            ? html<"What it misses is recorded, and can be recovered when it works again.">()
            : html<"What they miss is recorded, and can be recovered when they work again.">(),
        html<R"(<a class="btn" href="{}">See why</a>)">(
            Link("/admin/webhooks").with("state", "disabled")));
  }
  return {};
}

// A page says why it cannot show what is wrong rather than failing altogether.
Html trouble_of(Call& call, const WebhookTotals* known) {
  if (known != nullptr) return trouble(call, *known);
  const auto totals = call.store.statistics().totals();
  if (totals) return trouble(call, *totals);
  return strip("failed", "disabled", "The database does not respond.",
               html<"Statistics may be missing on this page.">(), command("thig-hooks doctor"));
}

Html framed(const Caller& caller, Section section, const Html& above, const Html& content,
            std::string_view shell, bool changes) {
  Html foot;
  if (!shell.empty()) {
    foot =
        html<R"(<footer class="shell"><h2 class="small dim">The same in a shell</h2>{}</footer>)">(
            command(shell));
  }
  return html<R"({}{}<main id="main" tabindex="-1"{}>{}{}{}</main>)">(
      head(caller, section), session_end(caller), flag<"data-live">(changes), above, content, foot);
}

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// Browsers send the cookie of a session along from pages of ours alone (SameSite=Strict), so who
// follows a link in a chat comes without it, though they are signed in.
bool comes_from_elsewhere(const HttpRequest& request) {
  const std::string_view site = request.header("sec-fetch-site");
  return site == "cross-site" || site == "same-site";
}

// Asked for again by this page, the same comes with the cookie.
HttpResponse once_more(const HttpRequest& request, std::string_view base, const Link& link) {
  HttpResponse answer =
      bare_answer(request, base, "One moment", html<R"(<p><a href="{}">Continue</a></p>)">(link));
  answer.headers.push_back({"refresh", "0;url=" + link.below(base)});
  return answer;
}

}  // namespace

Html session_end(const Caller& caller) {
  if (caller.session == SessionId{}) return {};
  return html<
      R"(<section class="note warning line" id="ending" aria-label="Session" popover="manual" data-left="{}"{} data-extend="{}" hidden><p class="state failing"></p><button type="button">Stay logged in</button><a class="btn" href="{}" target="_blank">Log in again</a></section>)">(
      seconds_of(caller.session_left), flag<"data-final">(caller.session_is_final),
      Link("/admin/session"), Link("/admin/login"));
}

HttpResponse page_answer(Call& call, const Page& page) {
  const Html body = framed(call.caller, page.section, trouble_of(call, page.totals), page.content,
                           page.command, page.changes_by_itself);
  return page_of(whole_page(call.request, call.service.base_path, page.title, body), page.status);
}

HttpResponse bare_answer(const HttpRequest& request, std::string_view base, std::string_view title,
                         const Html& content, int status) {
  const Html body = html<
      R"(<main id="main" tabindex="-1"><div class="gate"><span class="brand">{}</span>{}</div></main>)">(
      brand(), content);
  return page_of(whole_page(request, base, title, body), status);
}

HttpResponse redirect(std::string_view base, const Link& link) {
  return {.status = 303,
          .headers = {{"location", link.below(base)}, {"cache-control", "no-store"}},
          .body = {}};
}

HttpResponse problem_page(const Problem& problem, const HttpRequest& request, const Caller& caller,
                          std::string_view base) {
  const bool signed_in = !caller.actor.name.empty();
  if (problem.status == 401 && !signed_in && is_safe_method(request.method)) {
    std::string_view target = request.target;
    if (!base.empty() && target.starts_with(base)) target.remove_prefix(base.size());
    if (comes_from_elsewhere(request)) return once_more(request, base, local_link(target));
    return redirect(base, Link("/admin/login").with("to", target));
  }
  Html hint;
  if (!problem.hint.empty()) hint = html<"<p>{}</p>">(as_sentence(problem.hint));
  Html content = html<
      R"(<div class="head"><h1>{}</h1></div>{}<p><a class="btn" href="{}">Go to the webhooks</a></p>)">(
      title_of(problem.status), note("failed", "disabled", problem.text, hint),
      Link("/admin/webhooks"));
  HttpResponse answer =
      signed_in ? page_of(whole_page(request, base, title_of(problem.status),
                                     framed(caller, Section::none, {}, content, {}, false)),
                          problem.status)
                : bare_answer(request, base, title_of(problem.status), content, problem.status);
  answer.headers.insert(answer.headers.end(), problem.headers.begin(), problem.headers.end());
  return answer;
}

// What comes from elsewhere leads nowhere else.
Link local_link(std::string_view target) {
  constexpr std::string_view pages = "/admin/";
  const bool ours = target.starts_with(pages) && target.find("//") == target.npos &&
                    target.find('\\') == target.npos && target.find("..") == target.npos;
  if (!ours || !is_printable_ascii(target)) return Link("/admin/webhooks");
  return Link::as_written(target);
}

}  // namespace thig::pages

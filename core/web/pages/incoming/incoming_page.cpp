#include "core/api/request_query.h"
#include "core/api/webhook_query.h"
#include "core/rules/access.h"
#include "core/rules/request_values.h"
#include "core/web/pages/frame/webhooks_frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_pages.h"
#include "core/web/pages/incoming/incoming_sample.h"
#include "core/web/pages/incoming/incoming_words.h"
#include "core/web/pages/incoming/pages.h"
#include "core/web/pages/incoming/request_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig::pages {
namespace {

constexpr std::size_t latest_shown = 10;

// Whether the member may change it: one that runs a command is an Owner's affair.
bool may_change(const Member& member, const IncomingHook& hook) {
  return may(member.role,
             hook.action.kind == ActionKind::run ? Action::configure_command : Action::configure);
}

Html menu_item(std::string_view words, const Link& link) {
  return html<R"(<li><a class="btn" href="{}">{}</a></li>)">(link, words);
}

Html hook_acts(const IncomingHook& hook, const Member& member) {
  Html more;
  if (may_change(member, hook)) {
    more += menu_item("Rotate URL…", hook_link(hook, "rotate-url"));
    if (!hook.scheme.empty()) more += menu_item("Rotate secret…", hook_link(hook, "rotate-secret"));
  }
  if (may(member.role, Action::configure)) {
    more +=
        html<R"(<li><a class="btn danger" href="{}">Remove…</a></li>)">(hook_link(hook, "remove"));
  }
  if (more.empty()) return {};
  Html acts;
  if (may_change(member, hook)) {
    acts = html<
        R"(<a class="btn" href="{}">Edit</a><form method="post" action="{}"><button>{}</button></form>)">(
        hook_link(hook, "edit"), hook_link(hook, hook.enabled ? "disable" : "enable"),
        hook.enabled ? "Disable" : "Enable");
  }
  return html<
      R"(<div class="acts">{}<details class="menu"><summary class="btn">More</summary><ul>{}</ul></details></div>)">(
      acts, more);
}

Html own_head(const IncomingHook& hook, const Member& member) {
  Html head = crumbs({{"Webhooks", Link("/admin/webhooks")},
                      {"Incoming", Link("/admin/webhooks").with("tab", "incoming")}});
  head += html<R"(<div class="head"><h1>{}</h1>{}{}</div>)">(
      hook.name, hook.enabled ? sign("enabled", "enabled") : sign("off", "disabled"),
      hook_acts(hook, member));
  return head;
}

// The way to its URL, for who may see it: by a button, for it is recorded.
Html url_line(const IncomingDetails& details, const Member& member) {
  Html show;
  if (may(member.role, Action::reveal_secret)) {
    show =
        html<R"(<form method="post" action="{}"><button class="quiet">Show URL</button></form>)">(
            hook_link(details.hook, "url"));
  }
  return html<R"(<div class="sub"><span class="url">{}</span>{}</div>)">(details.url("…"), show);
}

Html figure(std::string_view name, const Html& value, std::string_view below) {
  return html<R"(<div><dt>{}</dt><dd>{}</dd><dd>{}</dd></div>)">(name, value, below);
}

Html hook_figures(const IncomingHook& hook, const IncomingStats& stats, Time now) {
  const Link requests = Link("/admin/requests").with("webhook", to_text(hook.id));
  Html all = figure("Received", count_link(stats.received, requests), "accepted in total");
  all += figure("Failed", count_link(stats.failed, requests.with("state", "failed"), true),
                "actions that failed");
  all += figure("Rejected", count_link(stats.rejected, requests.with("state", "rejected")),
                "signature, address, type");
  all += figure("Duplicate", count_link(stats.duplicates, requests.with("state", "duplicate")),
                "received before");
  all += figure("Last outcome", plain(stats.last_outcome.empty() ? "none" : stats.last_outcome),
                stats.last_request_at ? describe_relative(*stats.last_request_at, now)
                                      : std::string("no requests yet"));
  all += figure("Deduplication",
                plain(hook.dedupe > Millis{0} ? format_duration(hook.dedupe) : "off"), "window");
  return html<R"(<dl class="figures">{}</dl>)">(all);
}

std::string rule_text(const FieldRule& rule) {
  return to_text(rule) + (rule.fallback ? ", else " + *rule.fallback : "");
}

Html hook_settings(const IncomingHook& hook) {
  const IncomingAction& action = hook.action;
  Html all = fact("Id", to_text(hook.id), true);
  all += fact("Description", hook.description);
  all += fact("Action", describe_action(action));
  for (const FieldRule& rule : action.fields) all += fact("Field", rule_text(rule), true);
  for (const Condition& condition : action.conditions) {
    all += fact("Only if", to_text(condition), true);
  }
  if (action.kind == ActionKind::run) {
    all += fact("Runs in", action.directory.empty() ? "/" : action.directory, true);
    all += fact("Maximum time", format_duration(action.timeout));
    all += fact("Concurrent", std::to_string(action.max_parallel));
  }
  all += fact("Signed by", describe_scheme(hook.scheme));
  if (hook.verify_token_sealed) all += fact("Verify token", "set");
  all += fact("Addresses", hook.allowed_addresses.empty()
                               ? "any"
                               : fmt::format("{}", fmt::join(hook.allowed_addresses, ", ")));
  all += fact("Content types", hook.content_types.empty()
                                   ? "JSON and forms"
                                   : fmt::format("{}", fmt::join(hook.content_types, ", ")));
  all += fact("Maximum body", size_text(hook.max_body));
  all +=
      fact("Rate", hook.rate > 0 ? fmt::format("{:g} requests per second", hook.rate) : "no limit");
  all += html<"<dt>Added</dt><dd>{}</dd>">(full_time(hook.created_at));
  all += html<"<dt>Changed</dt><dd>{}</dd>">(full_time(hook.updated_at));
  return html<
      R"(<section><h2>Settings</h2><dl class="rows">{}</dl><p class="small gap"><a href="{}">Changes</a></p></section>)">(
      all, Link("/admin/audit-logs").with("subject", hook.name));
}

Result<Html> latest_requests(Call& call, const IncomingHook& hook) {
  THIG_TRY_ASSIGN(requests, call.store.requests().list({.hook = hook.id, .limit = latest_shown}));
  Html all;
  if (requests.empty()) {
    all = html<R"(<p class="dim">No requests yet.</p>)">();
  } else {
    all = request_table(requests, {}, call.now(), RequestsOf::one_webhook,
                        "The latest requests, newest first");
  }
  return html<
      R"(<section><div class="cap"><h2>Latest requests</h2><a class="small" href="{}">All requests</a></div>{}</section>)">(
      Link("/admin/requests").with("webhook", to_text(hook.id)), all);
}

Html try_it(const IncomingHook& hook) {
  const std::string_view told = hook.scheme.empty()
                                    ? "With its URL in the variable URL:"
                                    : "With its URL in the variable URL; without a signature, the "
                                      "request is rejected and listed:";
  return html<R"(<section><h2>Try it</h2><p class="small dim">{}</p>{}</section>)">(
      told, command(sample_curl(hook.action, R"("$URL")")));
}

Result<IncomingStats> stats_of(Call& call, IncomingHookId id) {
  THIG_TRY_ASSIGN(all, call.store.requests().stats());
  const auto found = std::ranges::find(all, id, &IncomingStats::id);
  return found == all.end() ? IncomingStats() : std::move(*found);
}

}  // namespace

Result<HttpResponse> show_incoming_webhook(Call& call) {
  THIG_TRY_ASSIGN(hook, hook_of(call));
  THIG_TRY_ASSIGN(details, read_incoming_webhook(call.store, hook, std::nullopt));
  THIG_TRY_ASSIGN(stats, stats_of(call, hook.id));
  THIG_TRY_ASSIGN(latest, latest_requests(call, hook));
  Html content = own_head(hook, call.caller.actor);
  content += url_line(details, call.caller.actor);
  content += told_to_lookers(call.caller.actor);
  content += hook_figures(hook, stats, call.now());
  latest += try_it(hook);
  content += html<R"(<div class="split"><div class="stack">{}</div>{}</div>)">(latest,
                                                                               hook_settings(hook));
  return page_answer(call, {.title = hook.name,
                            .section = Section::webhooks,
                            .content = content,
                            .command = hook_command("show", hook)});
}

}  // namespace thig::pages

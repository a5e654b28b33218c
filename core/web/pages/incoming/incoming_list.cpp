#include "core/api/shell_words.h"
#include "core/api/webhook_query.h"
#include "core/base/codec.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/frame/webhooks_frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_words.h"
#include "core/web/pages/incoming/pages.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::size_t hooks_at_once = 50;

struct WantedHooks {
  std::string text;
  std::string state;  // "enabled", "disabled"; anything else: all
  std::string after;  // the id of the last of the page before

  explicit WantedHooks(const Query& query)
      : text(query.find("q").value_or("")),
        state(query.find("state").value_or("")),
        after(query.find("after").value_or("")) {}

  Link with_state(std::string_view other) const {
    return Link("/admin/webhooks").with("tab", "incoming").with("q", text).with("state", other);
  }
};

struct HookListing {
  std::vector<const IncomingView*> rows{};
  std::int64_t enabled = 0;  // of those that match, in any state
  std::int64_t disabled = 0;
  std::int64_t total = 0;  // that are listed, on all pages
  std::size_t first = 0;   // the place of the first row among these
};

bool has_failed(const IncomingView& view) {
  return view.hook.enabled && view.stats.last_outcome == to_text(RequestState::failed);
}

bool matches(const WantedHooks& wanted, const IncomingHook& hook) {
  const std::string part = ascii_lower(wanted.text);
  return ascii_lower(hook.name).contains(part) || ascii_lower(hook.description).contains(part);
}

HookListing listing_of(const std::vector<IncomingView>& views, const WantedHooks& wanted) {
  HookListing listing;
  std::vector<const IncomingView*> all;
  for (const IncomingView& view : views) {
    if (!matches(wanted, view.hook)) continue;
    ++(view.hook.enabled ? listing.enabled : listing.disabled);
    const bool left_out = wanted.state == (view.hook.enabled ? "disabled" : "enabled");
    if (!left_out) all.push_back(&view);
  }
  std::ranges::stable_partition(all, [](const IncomingView* view) { return has_failed(*view); });
  listing.total = static_cast<std::int64_t>(all.size());
  const auto last = std::ranges::find_if(
      all, [&](const IncomingView* view) { return to_text(view->hook.id) == wanted.after; });
  const auto from = last == all.end() ? all.begin() : last + 1;
  listing.first = static_cast<std::size_t>(from - all.begin());
  const auto rows = std::min(hooks_at_once, all.size() - listing.first);
  listing.rows.assign(from, from + static_cast<std::ptrdiff_t>(rows));
  return listing;
}

std::string_view outcome_class(std::string_view outcome) {
  if (outcome == to_text(RequestState::failed)) return "bad";
  return outcome == to_text(RequestState::rejected) ? "warn" : "dim";
}

Html last_request_cell(const IncomingStats& stats, Time now) {
  if (!stats.last_request_at) {
    return html<R"(<td class="mid"><span class="zero">never</span></td>)">();
  }
  return html<R"(<td class="mid"><span class="{}">{}</span><small>{}</small></td>)">(
      outcome_class(stats.last_outcome), stats.last_outcome,
      relative_time(*stats.last_request_at, now));
}

Html scheme_cell(const IncomingHook& hook) {
  return html<R"(<td class="wide"><span class="{}">{}</span></td>)">(
      hook.scheme.empty() ? "warn" : "", describe_scheme(hook.scheme));
}

Html hook_row(const IncomingView& view, Time now) {
  const IncomingHook& hook = view.hook;
  const IncomingStats& stats = view.stats;
  const Link requests = Link("/admin/requests").with("webhook", to_text(hook.id));
  const std::string brief =
      stats.last_request_at
          ? fmt::format("{} {}, {} failed", stats.last_outcome,
                        describe_relative(*stats.last_request_at, now), grouped(stats.failed))
          : std::string("no requests yet");
  return html<
      R"(<tr><th scope="row" class="fill"><a class="name" href="{}">{}</a><small class="cut">{}</small><small class="brief cut">{}</small></th><td>{}</td>{}{}<td class="num mid">{}</td><td class="num mid">{}</td><td class="num wide">{}</td><td class="num wide">{}</td></tr>)">(
      Link("/admin/webhooks/incoming/{}", {to_text(hook.id)}), hook.name,
      describe_action(hook.action), brief,
      hook.enabled ? sign("enabled", "enabled") : sign("off", "disabled"), scheme_cell(hook),
      last_request_cell(stats, now), count_link(stats.received, requests),
      count_link(stats.failed, requests.with("state", "failed"), true),
      count_link(stats.rejected, requests.with("state", "rejected")),
      count_link(stats.duplicates, requests.with("state", "duplicate")));
}

Html hook_table(const HookListing& listing, Time now) {
  Html rows;
  for (const IncomingView* view : listing.rows) rows += hook_row(*view, now);
  return html<
      R"(<table><caption class="aside-text">Incoming webhooks: those whose last action failed first, then by name</caption><thead><tr><th scope="col" class="fill">Webhook</th><th scope="col">State</th><th scope="col" class="wide">Signed by</th><th scope="col" class="mid">Last request</th><th scope="col" class="num mid">Received <small>total</small></th><th scope="col" class="num mid">Failed <small>total</small></th><th scope="col" class="num wide">Rejected <small>total</small></th><th scope="col" class="num wide">Duplicate <small>total</small></th></tr></thead><tbody>{}</tbody></table>)">(
      rows);
}

Html hook_facets(const HookListing& listing, const WantedHooks& wanted) {
  Html all =
      facet("All", wanted.with_state(""), wanted.state.empty(), listing.enabled + listing.disabled);
  all += facet("Enabled", wanted.with_state("enabled"), wanted.state == "enabled", listing.enabled);
  all += facet("Disabled", wanted.with_state("disabled"), wanted.state == "disabled",
               listing.disabled);
  return html<
      R"(<div class="bar"><nav class="facets" aria-label="Filter by state">{}</nav><form class="acts" role="search" action="{}"><input type="hidden" name="tab" value="incoming"><input type="hidden" name="state" value="{}"><input type="search" name="q" value="{}" placeholder="Name" aria-label="Name" aria-keyshortcuts="/"><button>Filter</button></form></div>)">(
      all, Link("/admin/webhooks"), wanted.state, wanted.text);
}

// Its button stands in the head, as it does above a list.
Html no_hooks_yet() {
  return html<
      R"(<div class="blank"><h2>No incoming webhooks yet</h2><p>An incoming webhook is a URL that an outside service sends to. Each request is recorded, answered and processed: it creates a project or a note, emits an event or runs a command.</p><p class="small">In a shell:</p>{}</div>)">(
      command("thig-hooks add incoming issues --action create-project --set name=/issue/title"));
}

Html hook_foot(const HookListing& listing, const WantedHooks& wanted) {
  const std::size_t last = listing.first + listing.rows.size();
  const Link here = wanted.with_state(wanted.state);
  std::optional<Link> newest;
  std::optional<Link> older;
  if (listing.first > 0) newest = here;
  if (static_cast<std::int64_t>(last) < listing.total) {
    older = here.with("after", to_text(listing.rows.back()->hook.id));
  }
  return pager(newest, older,
               fmt::format("{}–{} of {}. Anyone with the URL of an unsigned webhook can send.",
                           listing.first + 1, last, grouped(listing.total)));
}

Html list_body(const std::vector<IncomingView>& views, const WantedHooks& wanted, Time now) {
  if (views.empty()) return no_hooks_yet();
  const HookListing listing = listing_of(views, wanted);
  Html body = hook_facets(listing, wanted);
  if (listing.rows.empty()) {
    body += html<
        R"(<div class="blank"><h2>No webhook matches</h2><a class="btn" href="{}">Clear filters</a></div>)">(
        Link("/admin/webhooks").with("tab", "incoming"));
    return body;
  }
  body += hook_table(listing, now);
  body += hook_foot(listing, wanted);
  return body;
}

}  // namespace

Result<HttpResponse> show_incoming_webhooks(Call& call) {
  const WantedHooks wanted(call.query);
  const Member& member = call.caller.actor;
  THIG_TRY_ASSIGN(totals, call.store.statistics().totals());
  THIG_TRY_ASSIGN(views, list_incoming_webhooks(call.store));
  Html content = webhooks_head({}, Link("/admin/webhooks/incoming/new"), member);
  content += direction_tabs(totals.webhooks, static_cast<std::int64_t>(views.size()), false);
  content += told_to_lookers(member);
  content += list_body(views, wanted, call.now());
  return page_answer(call, {.title = "Incoming webhooks",
                            .section = Section::webhooks,
                            .content = content,
                            .command = "thig-hooks list incoming",
                            .totals = &totals});
}

}  // namespace thig::pages

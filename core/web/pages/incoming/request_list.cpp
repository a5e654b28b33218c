#include "core/api/command_wording.h"
#include "core/api/request_query.h"
#include "core/api/shell_words.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/filters.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/pages.h"
#include "core/web/pages/incoming/request_table.h"
#include "core/web/problem.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace thig::pages {
namespace {

// More would make the list of names longer than the list of requests.
constexpr std::size_t names_offered = 100;

RequestQuery wanted_requests(const Query& query) {
  return {.webhook = query.find("webhook").value_or(""),
          .state = query.find("state").value_or(""),
          .before = query.find("after").value_or(""),
          .since = query.find("since"),
          .until = query.find("until")};
}

Link requests_link(const RequestQuery& wanted, std::string_view state) {
  return Link("/admin/requests")
      .with("webhook", wanted.webhook)
      .with("state", state)
      .with("since", wanted.since.value_or(""))
      .with("until", wanted.until.value_or(""));
}

Html request_facets(const RequestQuery& wanted) {
  Html all = facet("All", requests_link(wanted, ""), wanted.state.empty());
  for (const std::string& state : request_states()) {
    all += facet(capital(state), requests_link(wanted, state), wanted.state == state);
  }
  return html<
      R"(<div class="bar"><nav class="facets" aria-label="Filter by state">{}</nav></div>)">(all);
}

Html request_filters(const RequestQuery& wanted, const HookNames& names) {
  std::vector<std::string> offered;
  if (names.size() <= names_offered) {
    for (const auto& [id, name] : names) offered.push_back(name);
    std::ranges::sort(offered);
  }
  Html clear;
  if (!wanted.webhook.empty() || !wanted.state.empty() || wanted.since || wanted.until) {
    clear = html<R"(<a class="btn quiet" href="{}">Clear</a>)">(Link("/admin/requests"));
  }
  return html<
      R"(<form class="filters" role="search" aria-label="Filters" action="{}"><input type="hidden" name="state" value="{}"><label>Webhook<input name="webhook" value="{}" list="hooks" placeholder="any" aria-keyshortcuts="/"></label><datalist id="hooks">{}</datalist><label>Since<input name="since" value="{}" placeholder="2h"></label><label>Until<input name="until" value="{}" placeholder="now"></label><button>Filter</button>{}</form>)">(
      Link("/admin/requests"), wanted.state, wanted.webhook, options(offered, ""),
      wanted.since.value_or(""), wanted.until.value_or(""), clear);
}

Html no_requests_yet() {
  return html<
      R"(<div class="blank"><h2>No requests yet</h2><p>Requests to incoming webhooks are listed here with their results. To receive requests, run <code>thig-hooks serve-incoming</code>.</p><a class="btn" href="{}">Go to the incoming webhooks</a><p class="small">or in a shell</p>{}</div>)">(
      Link("/admin/webhooks").with("tab", "incoming"), command("thig-hooks serve-incoming"));
}

Html no_request_matches(const RequestQuery& wanted) {
  if (!wanted.before.empty()) {
    return html<
        R"(<div class="blank"><h2>No older requests</h2><a class="btn" href="{}">Newest</a></div>)">(
        requests_link(wanted, wanted.state));
  }
  if (wanted.webhook.empty() && wanted.state.empty()) return no_requests_yet();
  std::string which;
  if (!wanted.state.empty()) which += " in the state " + wanted.state;
  if (!wanted.webhook.empty()) which += " to " + wanted.webhook;
  return html<
      R"(<div class="blank"><h2>No request matches</h2><p>No requests found{}.</p><a class="btn" href="{}">Clear filters</a></div>)">(
      which, Link("/admin/requests"));
}

Html found_table(const RequestQuery& wanted, const FoundRequests& found, Time now) {
  Html all = request_table(found.requests, found.names, now, RequestsOf::all_webhooks,
                           "Requests to incoming webhooks, newest first");
  std::optional<Link> newest;
  std::optional<Link> older;
  const Link here = requests_link(wanted, wanted.state);
  if (!wanted.before.empty()) newest = here;
  if (found.more) older = here.with("after", to_text(found.requests.back().id));
  all += pager(
      newest, older,
      fmt::format("{}, newest first: {} to {}",
                  counted(static_cast<std::int64_t>(found.requests.size()), "request", "requests"),
                  time_text(found.requests.front().received_at),
                  time_text(found.requests.back().received_at)));
  return all;
}

std::string requests_command(const RequestQuery& wanted) {
  ShellCommand command("thig-hooks requests");
  if (!wanted.webhook.empty()) command.flag("--webhook", wanted.webhook);
  if (!wanted.state.empty()) command.flag("--state", wanted.state);
  if (wanted.since) command.flag("--since", *wanted.since);
  if (wanted.until) command.flag("--until", *wanted.until);
  if (!wanted.before.empty()) command.flag("--before", wanted.before);
  return command.text();
}

}  // namespace

Result<HttpResponse> list_requests(Call& call) {
  const RequestQuery wanted = wanted_requests(call.query);
  Page page{.title = "Requests", .section = Section::requests, .command = requests_command(wanted)};
  page.content = html<R"(<div class="head"><h1>Requests</h1></div>{})">(request_facets(wanted));
  const auto found = find_requests(call.store, wanted, call.now(), command_wording());
  if (found) {
    page.content += request_filters(wanted, found->names);
    page.content += found->requests.empty() ? no_request_matches(wanted)
                                            : found_table(wanted, *found, call.now());
  } else {
    if (!is_about_filters(found.error())) return std::unexpected(found.error());
    page.content += request_filters(wanted, {});
    page.content += wrong_filter(found.error());
    page.status = status_of(found.error().code);
  }
  return page_answer(call, page);
}

}  // namespace thig::pages

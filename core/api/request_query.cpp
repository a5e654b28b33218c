#include "core/api/request_query.h"

#include "core/setup/incoming_webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> request_state_words = {"pending", "done",      "skipped",
                                                      "failed",  "duplicate", "rejected"};

Result<RequestFilter> read_request_query(Store& store, const RequestQuery& query, Time now,
                                         const Wording& wording) {
  RequestFilter filter;
  filter.limit = query.limit;
  THIG_TRY_ASSIGN(range, parse_time_range(query.since, query.until, now, wording));
  filter.since = range.since;
  filter.until = range.until;
  if (!query.webhook.empty()) {
    THIG_TRY_ASSIGN(hook, find_incoming_webhook(store.incoming(), query.webhook));
    filter.hook = hook.id;
  }
  if (!query.state.empty()) {
    filter.state = parse_request_state(query.state);
    if (!filter.state) {
      return std::unexpected(
          wording.error_of("state", not_a_choice(query.state, request_state_words)));
    }
  }
  if (!query.before.empty()) {
    filter.before = parse_request_id(query.before);
    if (!filter.before) {
      return std::unexpected(wording.error_of(
          "before", {ErrorCode::usage, fmt::format("not a valid request id: \"{}\"", query.before),
                     "request ids start with req_"}));
    }
  }
  return filter;
}

}  // namespace

std::span<const std::string> request_states() {
  return request_state_words;
}

Result<FoundRequests> find_requests(Store& store, const RequestQuery& query, Time now,
                                    const Wording& wording) {
  THIG_TRY_ASSIGN(filter, read_request_query(store, query, now, wording));
  THIG_TRY_ASSIGN(requests, store.requests().list(filter));
  THIG_TRY_ASSIGN(hooks, store.incoming().hooks());
  FoundRequests found{.requests = std::move(requests)};
  for (const IncomingHook& hook : hooks) found.names[hook.id] = hook.name;
  found.more = found.requests.size() == filter.limit;
  return found;
}

Result<RequestId> read_request_id(const std::string& text) {
  if (const auto id = parse_request_id(text)) return *id;
  return fail(ErrorCode::not_found, fmt::format("there is no request \"{}\"", text),
              {"`", Operation{"requests"}, "` lists them; request ids start with req_"});
}

Result<std::vector<RequestId>> read_request_ids(std::string_view lines) {
  std::vector<RequestId> ids;
  for (const std::string_view line : filled_lines(lines)) {
    THIG_TRY_ASSIGN(id, read_request_id(std::string(line)));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace thig

// Which received requests are meant, in words, and what is found of them.
#pragma once

#include "core/api/incoming_view.h"
#include "core/api/words.h"
#include "core/base/error.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

inline constexpr std::size_t requests_at_once = 50;

// The states that can be asked for.
std::span<const std::string> request_states();

// As somebody has written it; empty: not given. The fields are named as here.
struct RequestQuery {
  std::string webhook{};  // by name or id
  std::string state{};
  std::string before{};                // the last of the page before
  std::optional<std::string> since{};  // moments; when they were received
  std::optional<std::string> until{};
  std::size_t limit = requests_at_once;
};

struct FoundRequests {
  std::vector<IncomingRequest> requests;  // newest first
  HookNames names{};
  bool more = false;  // there may be older ones
};
// `usage`, naming the field; `not_found`.
Result<FoundRequests> find_requests(Store& store, const RequestQuery& query, Time now,
                                    const Wording& wording);

// The id that somebody has written; `not_found` for what is none.
Result<RequestId> read_request_id(const std::string& text);
// One a line; blank lines are passed over.
Result<std::vector<RequestId>> read_request_ids(std::string_view lines);

}  // namespace thig

// What a request means, from its bytes to the record that is to be made of it. Pure.
#pragma once

#include "core/incoming/current_hooks.h"
#include "core/net/http_server.h"
#include "core/store/incoming_request_store.h"

#include <optional>
#include <string>
#include <string_view>

namespace thig {

struct Verdict {
  // To be recorded, and answered when it is. Nothing: it is answered as below, at once.
  std::optional<ArrivedRequest> arrived;
  HttpResponse answer;
  std::string rejection;  // why it was refused, for the record; empty for a handshake
};

// Of a request with a known token, in this order: content coding, signature and its age, the JSON
// if the action needs it, the handshakes, what it is called by. `url` is the one the sender knows,
// for those that sign it; `client` its address. Of one that arrived, the body is taken.
Verdict validate(const ServedHook& hook, HttpRequest& request, std::string_view url,
                 std::string_view client, Time now);

// The path's token, if the path is that of incoming webhooks; nothing for another path.
std::optional<std::string_view> token_of_target(std::string_view target);
// What stands behind the "?"; empty if there is none.
std::string_view query_of_target(std::string_view target);
// The target without its token: for logs.
std::string redacted_target(std::string_view target);

}  // namespace thig

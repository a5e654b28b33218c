// What of a received request is likely to be a secret, by the names of its headers and query
// fields.
#pragma once

#include "core/model/incoming_hook.h"

#include <optional>
#include <string_view>

namespace thig {

// Whether a part of the name, split at - _ and ., is one of token, secret, key, password, auth,
// authorization, cookie, credential, session. Not the names of deliveries (idempotency keys, and
// what a scheme's sender uses for them). Upper and lower case are the same.
bool is_secret_name(std::string_view name);

// Nothing if there is nothing to hide. `headers` as of IncomingRequest.
std::optional<MaskedRequest> mask_request(std::string_view headers, std::string_view query);

}  // namespace thig

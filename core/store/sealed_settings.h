// What is sealed besides secrets of their own: values of extra headers, handshake tokens, and what
// is secret of received requests. Each is sealed for its place, so that what was moved to another
// webhook or request does not open. Empty blobs stand for nothing. Errors as of Sealing; `database`
// if what was opened is not what was sealed.
#pragma once

#include "core/model/endpoint.h"
#include "core/model/incoming_hook.h"
#include "core/store/sealing.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

Result<std::string> seal_headers(Sealing& sealing, EndpointId id,
                                 const std::vector<Header>& headers);
Result<std::vector<Header>> unseal_headers(Sealing& sealing, EndpointId id,
                                           std::string_view sealed);

Result<std::string> seal_verify_token(Sealing& sealing, IncomingHookId id, std::string_view token);
Result<std::string> unseal_verify_token(Sealing& sealing, IncomingHookId id,
                                        std::string_view sealed);

// A request's headers and query, of which something is secret. Unsealing puts them into the
// request.
Result<std::string> seal_request(Sealing& sealing, RequestId id, std::string_view headers,
                                 std::string_view query);
Status unseal_request(Sealing& sealing, std::string_view sealed, IncomingRequest& request);

}  // namespace thig

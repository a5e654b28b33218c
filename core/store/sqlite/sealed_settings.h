// What is sealed besides secrets of their own: values of extra headers, handshake tokens, and what
// is secret of received requests. Empty blobs stand for nothing.
#pragma once

#include "core/model/endpoint.h"
#include "core/model/incoming_hook.h"
#include "core/store/sqlite/sealing.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig::sqlite {

Result<std::string> seal_headers(Sealing& sealing, EndpointId id,
                                 const std::vector<Header>& headers);
// Those of the webhook as they are kept now, with their values; none if it is gone.
Result<std::vector<Header>> read_sealed_headers(Connection& connection, Sealing& sealing,
                                                EndpointId id);

Result<std::string> seal_verify_token(Sealing& sealing, IncomingHookId id, std::string_view token);
// As it is kept; and opened, empty if there is none.
Result<std::string> read_sealed_verify_token(Connection& connection, IncomingHookId id);
Result<std::string> read_verify_token(Connection& connection, Sealing& sealing, IncomingHookId id);

// A request's headers and query, of which something is secret. Opening puts them into the request.
Result<std::string> seal_request(Sealing& sealing, RequestId id, std::string_view headers,
                                 std::string_view query);
Status open_request(Sealing& sealing, std::string_view sealed, IncomingRequest& request);

// What of a request is to be sealed, and how the rest is shown; nothing if all may be seen. The
// rule itself is in rules/request_secrets.h.
using MaskRequest =
    std::function<std::optional<MaskedRequest>(std::string_view headers, std::string_view query)>;

// Seals what a database of schema 3 holds in clear; within the transaction of its upgrade, after
// 0004.sql. Adds to `notes` what its admin has to know.
Status seal_existing(Connection& connection, Sealing& sealing, const MaskRequest& mask,
                     std::vector<std::string>& notes);

}  // namespace thig::sqlite

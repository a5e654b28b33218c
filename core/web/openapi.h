// The HTTP API described for clients, in OpenAPI 3.1: made from the table of routes and the schemas
// of documents, so that it cannot tell of anything else.
#pragma once

#include "core/web/route.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

// `session_cookie`: the name of the cookie that says whose session a request is of.
std::string openapi_document(std::span<const Route> routes, std::string_view version,
                             std::string_view session_cookie);

}  // namespace thig

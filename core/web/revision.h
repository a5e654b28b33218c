// Changing only what one has seen: ETag and If-Match (RFC 9110).
#pragma once

#include "core/net/http_server.h"

#include <string>
#include <string_view>

namespace thig::web {

// Of something whose settings and state make up this document.
std::string entity_tag(std::string_view document);
// Whether the change may be made to what has this tag now: If-Match names it, or is not there.
bool meets_if_match(const HttpRequest& request, const std::string& tag);
// 412: it was changed meanwhile.
HttpResponse changed_meanwhile();

}  // namespace thig::web

// The path below which a server stands: "/hooks". It goes into links, redirects and the name of a
// cookie as it is.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>

namespace thig {

// `usage` unless it is "/" and a name, once or more, each of letters, digits and "-._~", and none
// of them "." or "..", which browsers would take out.
Status check_base_path(std::string_view path);

// The public URL (check_public_url) of a server below `path` (checked; or empty): the URL that has
// it already, or that with it at its end if it has none. `usage` for a URL with another path.
Result<std::string> url_below(std::string_view public_url, std::string_view path);

}  // namespace thig

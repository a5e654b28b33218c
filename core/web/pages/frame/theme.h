// Light or dark: what the system says, unless a reader has chosen.
#pragma once

#include "core/net/http_server.h"

#include <string_view>

namespace thig::pages {

// "light" or "dark"; empty: as the system has it.
std::string_view theme_of(const HttpRequest& request);

}  // namespace thig::pages

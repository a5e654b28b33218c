// A request that an incoming webhook can act upon, as a command to try it with.
#pragma once

#include "core/model/incoming_hook.h"

#include <string>
#include <string_view>

namespace thig::pages {

// `url`: as a word of a shell: '"$URL"', or in single quotes. Has a body with what the action takes
// out of it, and what its conditions want, as far as that can be told from its settings.
std::string sample_curl(const IncomingAction& action, std::string_view url);

}  // namespace thig::pages

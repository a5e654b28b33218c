// Colour, and when there is any.
#pragma once

#include "cli/config/paths.h"

#include <string>
#include <string_view>

namespace thig {

enum class Style { plain, bold, dim, good, warn, bad };

// The text in that style, or as it is without colour.
std::string paint(std::string_view text, Style style, bool colour);

// `flag` is --color: "always" and "never" beat NO_COLOR, which beats CLICOLOR_FORCE; else colour is
// for terminals (but not for TERM=dumb).
bool wants_colour(std::string_view flag, const Environment& environment, bool terminal);

}  // namespace thig

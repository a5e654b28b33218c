// How much room text takes on a terminal. All texts here are UTF-8 without control characters
// (base/codec.h printable).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thig {

// In columns: two for wide characters, none for combining ones.
int display_width(std::string_view text);

// At most `columns` wide, cut with "…" where it is wider.
std::string fit(std::string_view text, int columns);

// Broken at blanks into lines of at most `columns`; a longer word gets a line of its own.
std::vector<std::string> wrap(std::string_view text, int columns);

}  // namespace thig

// The near miss of a mistyped word.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace thig {

// The candidate that was most likely meant: at most a third of its characters away by
// insertions, deletions, replacements and swaps of neighbours; ignoring case. Empty if none is that
// near. The first of equals wins.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace thig

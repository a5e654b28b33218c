// Looking again and again, for --follow and --watch.
#pragma once

#include "cli/app/context.h"

#include <cstddef>
#include <functional>

namespace thig {

// For lists that are followed: how often they are read, and how many rows may be new between two
// looks without one being missed.
inline constexpr Millis between_looks_at_a_list{1'000};
inline constexpr std::size_t most_followed = 2'000;

// Calls `look`, which writes what there is to say, now and every so often, until the command is
// told to stop, which is its usual end, or nobody reads any more. Errors of `look` end it.
Status follow(Context& context, Millis every, const std::function<Status()>& look);

}  // namespace thig

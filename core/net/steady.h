// The clock of deadlines on the wire: it needs no faking, only never to jump.
#pragma once

#include <chrono>

namespace thig {

using Steady = std::chrono::steady_clock;

}  // namespace thig

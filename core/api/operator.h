// Who does something through a front end, and with what.
#pragma once

#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/model/member.h"

namespace thig {

struct Operator {
  const Clock& clock;  // outlives it, as does the next
  Random& random;
  Member actor;
};

}  // namespace thig

#include "core/base/processors.h"

#include <ctime>

#include <doctest/doctest.h>

namespace thig {

TEST_CASE("how busy the processors were is a share of what has passed since the last call") {
  Processors processors;
  CHECK(processors.busy() == 0);
  // One that is used for a while: more than the system's own unit of 10 ms.
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 20;
  while (std::clock() < end) {
  }
  const double busy = processors.busy();
  CHECK(busy > 0);
  CHECK(busy <= 1);
}

}  // namespace thig

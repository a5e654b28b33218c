#include "core/rules/recovery_ramp.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

TEST_CASE("what is brought back becomes due at 10 a second at first, then ever faster") {
  struct Row {
    std::int64_t index;
    std::optional<double> rate;
    Millis wait;
  };
  for (const Row& row : std::vector<Row>{
           {0, {}, 0ms},
           {1, {}, 100ms},
           {99, {}, 9900ms},
           {100, {}, 10s},  // from here on 20 a second
           {101, {}, 10'050ms},
           {299, {}, 19'950ms},
           {300, {}, 20s},  // 40
           {700, {}, 30s},  // 80
           {1'999, {}, 43'118ms},
           {999'999, {}, 132'208ms},
           {-5, {}, 0ms},
           // The smaller of the ramp and the rate.
           {1, 2.0, 500ms},
           {600, 2.0, 300s},
           {100, 10.0, 10s},
           {1'000, 10.0, 100s},
           {100, 30.0, 10s},
           {300, 30.0, 20s},
           {330, 30.0, 21s},
           {3'300, 30.0, 120s},
           {1, 0.5, 2s},
           {100, 1e9, 10s},
           {100'000'000'000, 0.001, 24h * 365 * 10},
       }) {
    CAPTURE(row.index);
    CAPTURE(row.rate.value_or(0));
    CHECK(ramp_wait(row.index, row.rate) == row.wait);
  }
}

TEST_CASE("a later one is never due before an earlier one, and no second has more than its rate") {
  for (const std::optional<double> rate :
       {std::optional<double>(), std::optional(1.0), std::optional(7.5), std::optional(100.0)}) {
    std::vector<Millis> due;
    for (std::int64_t i = 0; i < 20'000; ++i) due.push_back(ramp_wait(i, rate));
    CHECK(std::is_sorted(due.begin(), due.end()));
    if (!rate) continue;
    const auto in_a_second = static_cast<std::size_t>(*rate) + 1;
    for (std::size_t i = in_a_second; i < due.size(); ++i) {
      REQUIRE(due[i] - due[i - in_a_second] >= 1s - 1ms);
    }
  }
}

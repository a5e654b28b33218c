// Random lives of an installation. One seed replays one life: THIG_SIMULATION_SEED=n. More lives:
// THIG_SIMULATION_SEEDS=n, from THIG_SIMULATION_FIRST on.
#include "tests/simulation/life.h"

#include <cstdlib>

namespace {

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

}  // namespace

TEST_SUITE("a life notices" * doctest::should_fail()) {
  TEST_CASE("results that are thrown away") {
    thig::Life(1, thig::Planted::results_thrown_away).live();
  }
  TEST_CASE("receipts of what was not recorded") {
    thig::Life(1, thig::Planted::unrecorded_receipts).live();
  }
  TEST_CASE("attempts before their time") {
    thig::Life(1, thig::Planted::early_attempts).live();
  }
  TEST_CASE("other bytes than were recorded") {
    thig::Life(1, thig::Planted::other_bytes).live();
  }
}

TEST_CASE("whatever happens, all that was promised is kept, and nothing else is done") {
  const int only = setting("THIG_SIMULATION_SEED", 0);
  const int lives = only ? 1 : setting("THIG_SIMULATION_SEEDS", 60);
  const int first = only ? only : setting("THIG_SIMULATION_FIRST", 1);
  for (int seed = first; seed < first + lives; ++seed) {
    CAPTURE(seed);
    thig::Life(std::uint64_t(seed)).live();
  }
}

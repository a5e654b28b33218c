#include "cli/app/stop.h"

#include <csignal>

#include <doctest/doctest.h>

namespace thig {
namespace {

void count(void* counter) noexcept {
  ++*static_cast<int*>(counter);
}

}  // namespace

TEST_CASE("a request wakes whoever sleeps, and the first signal is remembered") {
  Stop stop;
  int woken = 0;
  {
    const Stop::Listener listener(stop, count, &woken);
    CHECK(woken == 0);
    CHECK_FALSE(stop.requested());
    stop.request(SIGTERM);
    CHECK(woken == 1);
    stop.request(SIGINT);
  }
  CHECK(stop.requested());
  CHECK(stop.signal() == SIGTERM);
  const int before = woken;
  stop.request(SIGINT);
  CHECK(woken == before);
}

TEST_CASE("who goes to sleep too late is woken at once") {
  Stop stop;
  stop.request(SIGINT);
  int woken = 0;
  const Stop::Listener listener(stop, count, &woken);
  CHECK(woken == 1);
}

}  // namespace thig

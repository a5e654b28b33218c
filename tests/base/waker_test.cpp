#include "core/base/waker.h"

#include <chrono>
#include <csignal>

#include <doctest/doctest.h>

using namespace thig;

namespace {

Waker* waker_of_handler = nullptr;
void wake_from_handler(int) {
  waker_of_handler->wake();
}

}  // namespace

TEST_CASE("a signal handler may wake, and wakings while nobody slept count once") {
  auto waker = make_waker();
  REQUIRE(waker.has_value());
  waker_of_handler = waker->get();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = wake_from_handler;
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  raise(SIGUSR1);
  const auto woken = std::chrono::steady_clock::now();
  (*waker)->wait(Millis{60'000});
  CHECK(std::chrono::steady_clock::now() - woken < std::chrono::seconds(50));
  const auto slept = std::chrono::steady_clock::now();
  (*waker)->wait(Millis{20});
  CHECK(std::chrono::steady_clock::now() - slept >= Millis{20});
  sigaction(SIGUSR1, &before, nullptr);
}

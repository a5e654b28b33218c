#include "core/net/resolver.h"

#include "core/net/resolver_pool.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace thig;

namespace {

const Address kLoopback = parse_address("127.0.0.1").value();

// Counts look-ups; names that begin with "hang" wait until they are let go, others answer at once.
class Names {
 public:
  ~Names() { let_go(); }
  LookUp look_up() {
    return [state = state_](const std::string& host) -> Result<std::vector<Address>> {
      std::unique_lock lock(state->mutex);
      ++state->asked;
      if (host.starts_with("hang")) state->gone.wait(lock, [&] { return state->open; });
      if (host == "throws") throw std::runtime_error("the library threw");
      if (host.starts_with("no")) return fail(ErrorCode::network, "no such name");
      return std::vector{kLoopback};
    };
  }
  void let_go() {
    const std::scoped_lock lock(state_->mutex);
    state_->open = true;
    state_->gone.notify_all();
  }
  int asked() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->asked;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable gone;
    bool open = false;
    int asked = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

std::future<ResolutionPtr> ask(ResolverPool& pool, const std::string& host) {
  auto promise = std::make_shared<std::promise<ResolutionPtr>>();
  auto future = promise->get_future();
  if (auto known = pool.ask(host, [promise](const auto& found) { promise->set_value(found); })) {
    promise->set_value(known);
  }
  return future;
}

ResolutionPtr answer(std::future<ResolutionPtr> future) {
  REQUIRE(future.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
  return future.get();
}

}  // namespace

TEST_CASE("the system knows the loopback, and which addresses are ours") {
  const auto found = system_look_up("127.0.0.1");
  REQUIRE(found.has_value());
  CHECK(*found == std::vector{kLoopback});
  const auto named = system_look_up("localhost");
  REQUIRE(named.has_value());
  for (const auto& address : *named) CHECK(describe_class(address) == "loopback");
  const auto own = own_addresses();
  REQUIRE(own);
  CHECK(std::ranges::count(*own, kLoopback) == 1);
}

TEST_CASE("what was found is believed, what was not only for a while") {
  Names names;
  ResolverPool pool(names.look_up(), 2, Millis{60'000});
  const auto found = answer(ask(pool, "a"));
  CHECK(found->addresses == std::vector{kLoopback});
  CHECK(found->expires > Steady::now() + std::chrono::seconds(50));
  CHECK(answer(ask(pool, "a")) == found);
  CHECK(names.asked() == 1);

  const auto missing = answer(ask(pool, "no"));
  CHECK(missing->addresses.empty());
  CHECK(missing->failure == "no such name");
  CHECK(missing->expires < Steady::now() + std::chrono::seconds(6));
  CHECK(missing->expires > Steady::now() + std::chrono::seconds(3));
}

TEST_CASE("without a cache every question is asked again") {
  Names names;
  ResolverPool pool(names.look_up(), 1, Millis{0});
  for (int i = 1; i <= 3; ++i) {
    answer(ask(pool, "a"));
    CHECK(names.asked() == i);
  }
}

TEST_CASE("questions for one name share a look-up") {
  Names names;
  ResolverPool pool(names.look_up(), 4, Millis{60'000});
  std::vector<std::future<ResolutionPtr>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(ask(pool, "hang"));
  names.let_go();
  for (auto& future : futures) CHECK(answer(std::move(future))->addresses.size() == 1);
  CHECK(names.asked() == 1);
}

TEST_CASE("more hanging look-ups than threads leave room for the next") {
  Names names;
  ResolverPool pool(names.look_up(), 2, Millis{60'000});
  for (int i = 0; i < 20; ++i) ask(pool, "hang" + std::to_string(i));
  CHECK(answer(ask(pool, "a"))->addresses.size() == 1);
}

TEST_CASE("a look-up that throws has failed") {
  Names names;
  ResolverPool pool(names.look_up(), 1, Millis{60'000});
  CHECK(answer(ask(pool, "throws"))->failure == "the library threw");
}

TEST_CASE("the end of the pool does not wait for look-ups that hang, nor hear from them") {
  Names names;
  std::atomic<bool> heard{false};
  {
    ResolverPool pool(names.look_up(), 1, Millis{60'000});
    pool.ask("hang", [&heard](const auto&) { heard = true; });
  }
  names.let_go();
  CHECK(!heard);
}

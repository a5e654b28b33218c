// The threads beside the one that answers: what they do in which order, and what they wait for.
#include "core/incoming/acting.h"

#include "core/incoming/background.h"
#include "core/incoming/recording.h"
#include "tests/incoming/no_sigpipe.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// Waits for a number of ends.
struct Ends final : ActionObserver {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<RequestState> states;

  void ended(const IncomingHook&, const IncomingRequest&, const ActionOutcome& outcome) override {
    const std::scoped_lock lock(mutex);
    states.push_back(outcome.state);
    changed.notify_one();
  }
  void stuck(const Error& error) override { FAIL(error.text); }
  bool reach(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return states.size() >= count; });
  }
};

}  // namespace

TEST_CASE("a command that has ended makes room for the next at once, not at the next look") {
  const NoSigpipe ignored;
  SqlitePlace place;
  FakeClock clock;  // stands still: nothing that is waited for by the clock ever comes
  const auto store = place.open();
  IncomingHook hook = sample_incoming("deploy", 1);
  hook.action = {};
  hook.action.kind = ActionKind::run;
  hook.action.command = {"/bin/true"};
  ok(store->incoming().add(hook, sample_secret("token"), std::nullopt, noon, {}));
  for (int i = 0; i < 5; ++i) receive_one(*store, sample_request({1}));
  Turns turns;
  ServiceHealth health(clock, [] { FAIL("nothing is broken"); });
  Ends ends;
  Acting acting(place.open(), clock, place.random, turns, health, ends);
  ok(acting.start());
  CHECK(ends.reach(5));
  for (const IncomingRequest& request : get(store->requests().list({}))) {
    CHECK(request.state == RequestState::done);
    CHECK(request.starts == 1);
  }
}

TEST_CASE("what arrives is recorded whatever is being acted upon") {
  const NoSigpipe ignored;
  SqlitePlace place;
  FakeClock clock;
  const auto store = place.open();
  add_sample_incoming(*store, "in", 1);
  Turns turns;
  ServiceHealth health(clock, [] { FAIL("nothing is broken"); });
  Ends ends;
  int left_pending = 0;
  std::vector<Received> received;
  {
    Recording recording(place.open(), clock, place.random, turns, health, ends,
                        {.on_arrival = [] {},
                         .wake = {},
                         .answer = [](const std::function<void()>& answers) { answers(); },
                         .owns_actions = [] { return false; },
                         .on_pending = [&] { ++left_pending; }});
    const auto submit = [&](std::string body) {
      return recording.intake().submit(
          sample_request({1}, {}, std::move(body)),
          [&](const Result<Received>& one) { received.push_back(get(one)); });
    };
    for (int i = 0; i < 3; ++i) CHECK(submit(std::to_string(i)));
    ok(recording.start());
    CHECK(submit("last"));
  }  // what was waiting has been answered by now
  CHECK(received.size() == 4);
  CHECK(left_pending >= 1);
  CHECK(get(store->requests().list({})).size() == 4);
}

TEST_CASE("work beside is done in turns of its owners, and all of it in the end") {
  std::vector<std::string> done;  // of one thread, read after its end
  {
    std::mutex gate;
    std::condition_variable changed;
    bool begun = false;
    Background background;
    std::unique_lock closed(gate);
    background.run("a", [&] {
      {
        const std::scoped_lock lock(gate);
        begun = true;
      }
      changed.notify_one();
    });
    // Until the first waits for the gate, the others are behind it all the same.
    for (const std::string name : {"a1", "a2", "a3", "b1", "c1", "b2"}) {
      background.run(name.substr(0, 1), [&done, name] { done.push_back(name); });
    }
    changed.wait(closed, [&] { return begun; });
  }
  CHECK(done == std::vector<std::string>{"b1", "c1", "a1", "b2", "a2", "a3"});
}

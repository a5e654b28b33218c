// The processes of an installation, as the simulation starts, turns and kills them: each with a
// connection of its own to the one database, under a clock moved by hand and without a network.
#pragma once

#include "core/base/random.h"
#include "core/dispatch/dispatcher.h"
#include "core/incoming/receiver.h"
#include "core/incoming/worker.h"
#include "core/store/sqlite/ownership.h"
#include "core/store/sqlite/sqlite_store.h"
#include "tests/simulation/planted.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_reader.h"
#include "tests/support/fake_sender.h"
#include "tests/support/fake_settler.h"
#include "tests/support/temp_dir.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

namespace thig {

// The value, or the end of the life.
template <class T>
T must(Result<T> result) {
  INFO((result ? std::string() : result.error().text));
  REQUIRE(result.has_value());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// What all processes share.
class Machine {
 public:
  explicit Machine(std::uint64_t seed) : random(seed) {}

  TempDir dir;
  SeededRandom random;
  FakeClock clock;
  // Hears of every commit that changes the queue or the configuration.
  std::function<void()> bell = [] {};

  std::uint64_t changes = 0;  // that members have made

  std::string database() const { return dir.path("hooks.db"); }
  std::unique_ptr<Store> open();
};

// `run`, or `deliver` where it sweeps. Waits until it owns the queue.
class Dispatching {
 public:
  using Behaviour = std::function<FakeSender::Reply(const Dispatching&, const SendRequest&)>;
  // How long it takes to read, and to record results.
  struct Paces {
    std::function<FakeReader::Pace()> reading;
    std::function<FakeSettler::Pace()> settling;
  };
  Dispatching(Machine& machine, const DispatchOptions& options, Behaviour behaviour, Paces paces,
              Planted planted);

  // Does what there is to do now; answers how long until there is more.
  Millis turn();
  // It owns the queue.
  bool owns() const { return owner_.has_value(); }
  Time owns_since() const { return owns_since_; }
  bool sweeps() const { return options_.sweep; }
  // A sweep that has found its end.
  bool done() const { return done_; }
  void poke();
  // It knows all that members have changed.
  bool has_heard() const { return reader_.looked_at() == machine_.changes; }
  const FakeSender& sender() const { return sender_; }

 private:
  bool claim();

  Machine& machine_;
  DispatchOptions options_;
  FakeSender sender_;
  FakeReader reader_;
  FakeSettler settler_;
  DispatchObserver silent_;
  std::unique_ptr<Store> store_;
  FaultyQueue queue_;
  std::optional<Ownership> owner_;
  std::unique_ptr<Dispatcher> dispatcher_;
  Time owns_since_{};
  Millis next_claim_{0};
  bool done_ = false;
  int turns_at_once_ = 0;
};

// `serve-incoming`: records what comes, and acts upon it if that is its duty.
class Serving final : public ActionObserver {
 public:
  using OnEnded = std::function<void(Serving&, const IncomingRequest&, const ActionOutcome&)>;
  Serving(Machine& machine, OnEnded on_ended);

  // A request comes in; it is answered at once, or by `record`.
  void receive(HttpRequest request, const Respond& respond);
  // Records and answers all that waits.
  void record();
  // Acts upon what was recorded, for as long as there is something.
  void act();
  // So many steps of it at most, as one that dies then.
  void act_a_little(int steps);
  // When it looks by itself at what is pending.
  Millis next() const { return next_; }

  void ended(const IncomingHook& hook, const IncomingRequest& request,
             const ActionOutcome& outcome) override;
  void stuck(const Error& error) override { FAIL(error.text); }

 private:
  Machine& machine_;
  OnEnded on_ended_;
  std::unique_ptr<Store> recording_, acting_;
  Turns turns_;
  ServiceHealth health_;
  IncomingIntake intake_;
  CurrentHooks hooks_;
  Receiver receiver_;
  ActionWorker worker_;
  Millis next_{0};
};

}  // namespace thig

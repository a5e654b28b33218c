// A whole installation in one process, with a clock moved by hand and a sender without a network:
// the real rules, engine and SQLite store.
#pragma once

#include "core/care/recovery.h"
#include "core/dispatch/dispatcher.h"
#include "core/dispatch/emitter.h"
#include "core/setup/webhooks.h"
#include "core/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_reader.h"
#include "tests/support/fake_sender.h"
#include "tests/support/fake_settler.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <string>
#include <vector>

namespace thig {

// Everything a dispatcher tells.
struct Ledger final : DispatchObserver {
  std::vector<AttemptReport> attempt_reports;
  std::vector<std::string> failing_names, paused_names, disabled_names, blocked_names;
  std::vector<LimitReport> limits;
  std::vector<std::size_t> lacks;  // how many were allowed at the same time then
  int stuck_count = 0, unstuck_count = 0;

  void settled(const AttemptReport& report) override { attempt_reports.push_back(report); }
  void failing(const Endpoint& e, const EndpointHealth&) override {
    failing_names.push_back(e.name);
  }
  void paused(const Endpoint& e, const EndpointHealth&) override { paused_names.push_back(e.name); }
  void disabled(const Endpoint& e, const std::string&) override {
    disabled_names.push_back(e.name);
  }
  void blocked(const Endpoint& e, const Error&) override { blocked_names.push_back(e.name); }
  void lacking(const std::string&, std::size_t at_once) override { lacks.push_back(at_once); }
  void limited(const LimitReport& report) override { limits.push_back(report); }
  void stuck(const Error&) override { ++stuck_count; }
  void unstuck() override { ++unstuck_count; }
};

class World {
 public:
  explicit World(std::uint64_t seed = 1, const DispatchOptions& options = {});
  ~World();

  FakeClock clock;
  Member actor{.name = "ada", .role = Role::owner};  // who emits
  FakeSender sender{clock};
  FakeReader reader{clock};
  FakeSettler settler{clock};
  Ledger ledger;

  Store& store() { return *store_; }
  Dispatcher& dispatcher() { return *dispatcher_; }
  Random& random() { return random_; }
  Webhooks webhooks();
  Recovery recovery();
  // The same database once more, where a transaction takes no more than so many rows.
  std::unique_ptr<Store> store_that_takes(std::size_t rows);

  // A webhook at https://example.com/<name>, by default for projects and comments.
  Endpoint add(const std::string& name,
               std::vector<std::string> events = {"project.*", "comment.*"});
  Endpoint add(const WebhookDraft& draft);
  static WebhookDraft draft(const std::string& name,
                            std::vector<std::string> events = {"project.*", "comment.*"});
  Receipt emit(const std::string& type = "project.created", const std::string& data = "{}");

  // Whether the dispatcher is told at once of what the store commits, as the bell does.
  bool rings = true;

  // Turns the dispatcher for so long, jumping from one moment at which something happens to the
  // next.
  void run_for(Millis span);
  // After a step of any dispatcher: on to the next moment at which something happens, or by
  // `longest`.
  void pass(const Dispatcher::Turn& turn, Millis longest = Millis::max());
  // The process dies without a word, and another is started.
  void crash();
  // A second process that sweeps, as `deliver` does.
  void sweep();

  Delivery delivery(const Receipt& receipt, const Endpoint& endpoint);
  EndpointStats stats(const Endpoint& endpoint);
  Endpoint endpoint(const std::string& name);

 private:
  std::unique_ptr<Store> open_store(std::size_t rows);
  // When something comes back next, of what was sent or what the database was asked.
  std::optional<Millis> next_back() const;
  void start_dispatcher(const DispatchOptions& options);

  TempDir dir_;
  SeededRandom random_;
  DispatchOptions options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

inline FakeSender::Reply answer(int status, Millis latency = Millis{5}) {
  return {.outcome = Responded{.status = status, .retry_after = {}, .location = {}, .body = "no"},
          .latency = latency};
}

}  // namespace thig

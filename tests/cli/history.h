// A history in a home, made through the store as a dispatcher would.
#pragma once

#include "core/open.h"
#include "tests/cli/cli_run.h"
#include "tests/support/store_samples.h"

#include <memory>
#include <string>

namespace thig {

class History {
 public:
  explicit History(CliHome& home) : home_(home) {}

  // Emits an event; answers its id.
  std::string emit(const std::string& type) {
    std::string id = home_.must({"emit", type, "-q"});
    id.pop_back();
    return id;
  }

  // Settles what is due of a webhook, the oldest first: each with the attempt and state.
  void settle(const std::string& webhook, const Attempt& attempt, DeliveryState state,
              std::size_t count = 1) {
    const auto store = open();
    const Time now = home_.clock().now().wall;
    const EndpointId id = get(store->config().find_endpoint(webhook)).id;
    const auto rows =
        get(store->queue().read_due({.endpoint = id, .after = {}, .limit = count}, now));
    REQUIRE(rows.size() == count);
    SettleBatch batch;
    for (const auto& row : rows) {
      Attempt made = attempt;
      made.number = row.attempts_made + 1;
      made.started_at = now;
      batch.deliveries.push_back(settled(row, made, state, now + hour));
    }
    ok(store->queue().settle(batch, now));
  }

  // Pauses a webhook, as failures of its endpoint do.
  void pause(const std::string& webhook, Time until) {
    const auto store = open();
    const Time now = home_.clock().now().wall;
    EndpointResult result;
    result.id = get(store->config().find_endpoint(webhook)).id;
    result.health.consecutive_failures = 6;
    result.health.failing_since = now - hour;
    result.health.endpoint_failures = 6;
    result.health.paused_until = until;
    result.health.pause = 10 * minute;
    SettleBatch batch;
    batch.endpoints.push_back(result);
    ok(store->queue().settle(batch, now));
  }

  std::unique_ptr<Store> open() {
    return get(open_store(
        {.database = Location(home_.database()), .key_file = home_.path(".config/thig-hooks/key")},
        StoreUse::write, "ada", random_));
  }

  static Attempt answered(int status) {
    Attempt attempt;
    attempt.duration = Millis{40};
    attempt.status = status;
    if (status < 300) return attempt;
    attempt.error = "http: " + std::to_string(status);
    attempt.answer = "try later";
    attempt.answer_headers = "retry-after: 30\nserver: x\ty";
    return attempt;
  }
  static Attempt timed_out() {
    Attempt attempt;
    attempt.duration = Millis{10'000};
    attempt.error = "timeout: no answer within 10s";
    return attempt;
  }

 private:
  CliHome& home_;
  SeededRandom random_{3};
};

}  // namespace thig

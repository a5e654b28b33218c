// Retention: deletes history that is too old, or too much, step by step.
#pragma once

#include "core/base/clock.h"
#include "core/engine/loop.h"
#include "core/store/maintenance_store.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace thig {

// What is kept; nothing: no limit. Pending deliveries are always kept, with their events.
struct Retention {
  std::optional<Millis> age = std::chrono::hours(24 * 30);
  std::optional<std::uint64_t> size = std::uint64_t{1} << 30;  // of what the database holds

  bool limited() const { return age || size; }
};

// One pass after another: first what is too old, then the oldest while there is too much, then the
// file is made smaller.
class Pruner {
 public:
  struct Options {
    std::size_t rows = 1'000;  // of each kind that a step looks at
    // Free pages are what the next events go into, so a database that is in use keeps some.
    bool keep_free_pages = false;
  };
  Pruner(MaintenanceStore& store, Retention retention, Options options);

  // Makes one step, one bounded transaction at most. True while the pass has more to do.
  Result<bool> step(Time now);
  // What has been deleted so far, in all passes.
  const PruneCounts& gone() const { return gone_; }
  // The share of the pass that deletes by age which is done, for a progress bar: 0 to 1.
  double progress(Time now) const;
  // The last step has written to the database.
  bool wrote() const { return wrote_; }
  // The last pass ended with more than the limit: what is left is pending.
  bool still_too_large() const { return still_too_large_; }

 private:
  enum class Phase { begin, age, size, figures, shrink };

  Result<bool> prune_by_age(Time now);
  Result<bool> prune_by_size(Time now);
  Result<bool> prune_figures(Time now);
  Result<bool> shrink();
  Status walk(EventId before);
  void rewind_at_times(Time now);

  MaintenanceStore& store_;
  const Retention retention_;
  const Options options_;
  Phase phase_ = Phase::begin;
  // Everything before this has been looked at; what is left there was pending.
  EventId cursor_;
  bool more_ = false;  // the last step of a walk did not reach its end
  bool wrote_ = false;
  std::optional<Time> rewound_at_;
  std::optional<Time> began_at_;  // the oldest that this pass met
  PruneCounts gone_;
  bool still_too_large_ = false;
};

// What a pass would delete, counted: the same walk without deleting anything.
// `on_progress` is told the events found so far; false from it ends the walk (`interrupted`).
Result<PruneCounts> count_prunable(MaintenanceStore& store, const Retention& retention, Time now,
                                   const std::function<bool(std::int64_t)>& on_progress);

// Steps of one pass for at most so long.
Status prune_for(Pruner& pruner, const Clock& clock, Millis span);

// Beside deliveries: a pass a minute, in steps of a few milliseconds, apart from each other, and
// farther apart while there is something to deliver.
class BackgroundPruner final : public Sideline {
 public:
  // `on_error` is told once for each row of failures; the next minute tries again.
  BackgroundPruner(MaintenanceStore& store, Retention retention,
                   std::function<void(const Error&)> on_error);

  Millis turn(Instant now, bool idle) override;

 private:
  Pruner pruner_;
  std::function<void(const Error&)> on_error_;
  std::optional<Millis> next_;
  Millis last_step_{0};
  bool failing_ = false;
};

}  // namespace thig

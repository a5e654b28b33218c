// Retention: deletes history that is too old, or too much, step by step.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/loop.h"
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
    std::size_t rows = 1'000;  // of each kind that a step looks at, at first
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
  // By how much the oldest that is left to delete by age is too old, as far as that is known.
  Millis too_old_by(Time now) const;
  // It is still looking for what to delete from the history.
  bool walking() const { return phase_ == Phase::age || phase_ == Phase::size; }
  // Makes the next steps larger or smaller, by how long the last one took.
  void fit_steps_to(Millis took);

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
  std::size_t rows_;
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
// `on_progress` is told about how much of the way lies behind, 0 to 1; false from it ends the walk
// (`interrupted`).
Result<PruneCounts> count_prunable(MaintenanceStore& store, const Retention& retention, Time now,
                                   const std::function<bool(double)>& on_progress);

// Steps of one pass for at most so long. True if there was more to do.
Result<bool> prune_for(Pruner& pruner, const Clock& clock, Millis span);

// What a background pruner tells of itself.
struct PruningReports {
  // Told once for each row of failures; the next minute tries again.
  std::function<void(const Error&)> failed;
  // What is beyond the limits grows though half of the time goes into deleting it; told again every
  // hour as long as that is so.
  std::function<void()> falls_behind;
  // A pass has come to its end after that.
  std::function<void()> caught_up;
  // A pass has ended; what it deleted.
  std::function<void(const PruneCounts&)> passed{};
};

// Beside deliveries: a pass a minute, or one after the other while there is much to do, in steps of
// a few milliseconds. How far these are apart depends on how long the pass has been under way: it
// takes a sixteenth of the time at first, a quarter after 5 s or where nothing is delivered, a half
// after a minute.
class BackgroundPruner final : public IdleTask {
 public:
  BackgroundPruner(MaintenanceStore& store, Retention retention, const Clock& clock,
                   PruningReports reports);

  Millis turn(Instant now, bool idle) override;

 private:
  // What is beyond the limits. The walk by age comes first: as long as that is behind, only that
  // counts.
  struct Excess {
    Millis too_old{0};
    std::uint64_t too_large = 0;
    auto operator<=>(const Excess&) const = default;
  };
  struct Mark {
    Millis at{0};
    Excess excess;
  };

  Result<bool> work();
  Millis after_pass();
  Millis gap(Millis worked, Millis steady, bool idle) const;
  void watch_pace(Instant now);
  Result<Excess> excess(Time now);

  MaintenanceStore& store_;
  const Retention retention_;
  Pruner pruner_;
  const Clock& clock_;
  const PruningReports reports_;
  std::optional<Millis> next_;
  bool failing_ = false;
  PruneCounts told_;  // of what is gone

  // Of the pass that is under way.
  std::optional<Millis> began_;
  std::int64_t gone_before_ = 0;  // what had been deleted when it began

  std::optional<Mark> mark_;       // set once a minute in a pass that does not end
  std::optional<Millis> told_at_;  // that it falls behind
};

}  // namespace thig

#include "core/care/pruner.h"

#include "core/model/ids.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace thig {
namespace {

// What was pending when it was passed has ended an hour later, mostly.
constexpr Millis between_rewinds = std::chrono::hours(1);

// A database in use is made smaller when it has more free pages than this and a quarter of it.
constexpr std::uint64_t kept_free = 16u << 20;

constexpr Millis first_pass{5'000};
constexpr Millis between_passes = std::chrono::minutes(1);
// A pass that deleted so many events is followed by the next one soon.
constexpr std::int64_t many_events = 1'000;
constexpr Millis between_busy_passes{1'000};
constexpr std::size_t background_rows = 200;

// How long a step may take, and the sizes that are tried for it.
constexpr Millis short_step{3};
constexpr Millis long_step{8};
constexpr std::size_t fewest_rows = 50;
constexpr std::size_t most_rows = 5'000;

// The longer a pass goes on, the larger its share of the time.
constexpr Millis least_gap{20};
struct Gear {
  Millis after;    // since the pass began
  int idle_parts;  // of the time for each part of work
};
constexpr Gear gears[] = {
    {Millis{0}, 15}, {std::chrono::seconds(5), 3}, {std::chrono::minutes(1), 1}};

constexpr Millis between_marks = std::chrono::minutes(1);
constexpr Millis between_warnings = std::chrono::hours(1);

// That only look; so a pass with nothing to do is over at once.
constexpr int steps_at_once = 10;
constexpr Millis background_shrink{3};
constexpr Millis whole_shrink{15};

constexpr EventId no_end{std::numeric_limits<std::int64_t>::max()};

// How much of the way lies behind: 0 to 1.
double share_of(Time began, Time reached, Time end) {
  if (end <= began) return 0;
  const auto whole = static_cast<double>((end - began).count());
  return std::clamp(static_cast<double>((reached - began).count()) / whole, 0.0, 1.0);
}

EventId oldest_kept(const Retention& retention, Time now) {
  return first_event_id_at(now - *retention.age);
}

}  // namespace

Pruner::Pruner(MaintenanceStore& store, Retention retention, Options options)
    : store_(store), retention_(retention), options_(options), rows_(options.rows) {}

Result<bool> Pruner::step(Time now) {
  wrote_ = false;
  switch (phase_) {
    case Phase::begin:
      rewind_at_times(now);
      began_at_.reset();
      phase_ = Phase::age;
      [[fallthrough]];
    case Phase::age:
      return prune_by_age(now);
    case Phase::size:
      return prune_by_size(now);
    case Phase::figures:
      return prune_figures(now);
    case Phase::shrink:
      return shrink();
  }
  return false;
}

void Pruner::rewind_at_times(Time now) {
  if (rewound_at_ && now >= *rewound_at_ && now - *rewound_at_ < between_rewinds) return;
  rewound_at_ = now;
  cursor_ = {};
}

Status Pruner::walk(EventId before) {
  THIG_TRY_ASSIGN(step, store_.prune_history(cursor_, before, rows_));
  cursor_ = std::max(cursor_, step.reached);
  more_ = step.more;
  gone_ += step.counts;
  wrote_ = !step.counts.empty();
  return {};
}

Result<bool> Pruner::prune_by_age(Time now) {
  if (retention_.age) {
    const EventId before = oldest_kept(retention_, now);
    if (cursor_ < before) {
      THIG_TRY(walk(before));
      if (!began_at_) began_at_ = time_of(cursor_);
      if (more_) return true;
    }
  }
  phase_ = Phase::size;
  return true;
}

Result<bool> Pruner::prune_by_size(Time) {
  still_too_large_ = false;
  if (retention_.size) {
    THIG_TRY_ASSIGN(size, store_.database_size());
    if (size.used > *retention_.size) {
      THIG_TRY(walk(no_end));
      if (more_) return true;
      THIG_TRY_ASSIGN(left, store_.database_size());
      still_too_large_ = left.used > *retention_.size;
    }
  }
  phase_ = Phase::figures;
  return true;
}

Result<bool> Pruner::prune_figures(Time now) {
  // Keys expire by themselves; figures only with an age.
  const Time before = retention_.age ? now - *retention_.age : Time{};
  THIG_TRY_ASSIGN(gone, store_.prune_figures(before, now, rows_));
  gone_ += gone;
  wrote_ = !gone.empty();
  if (gone.empty()) phase_ = Phase::shrink;
  return true;
}

Result<bool> Pruner::shrink() {
  bool more = false;
  THIG_TRY_ASSIGN(size, store_.database_size());
  const std::uint64_t kept = options_.keep_free_pages ? kept_free + size.used / 4 : 0;
  if (size.free > kept) {
    THIG_TRY_ASSIGN(some,
                    store_.shrink(options_.keep_free_pages ? background_shrink : whole_shrink));
    more = some;
    wrote_ = true;
  }
  if (!more) phase_ = Phase::begin;
  return more;
}

Millis Pruner::too_old_by(Time now) const {
  if (!retention_.age) return Millis{0};
  return std::max(now - *retention_.age - time_of(cursor_), Millis{0});
}

void Pruner::fit_steps_to(Millis took) {
  if (took < short_step) rows_ = std::min(rows_ * 2, std::max(most_rows, options_.rows));
  if (took > long_step) rows_ = std::max(rows_ / 2, std::min(fewest_rows, options_.rows));
}

double Pruner::progress(Time now) const {
  if (!retention_.age || !began_at_ || phase_ != Phase::age) return 0;
  return share_of(*began_at_, time_of(cursor_), now - *retention_.age);
}

Result<PruneCounts> count_prunable(MaintenanceStore& store, const Retention& retention, Time now,
                                   const std::function<bool(double)>& on_progress) {
  constexpr std::size_t rows = 2'000;
  PruneCounts counts;
  EventId cursor;
  std::optional<Time> began;
  const auto walk = [&](EventId before, Time end) -> Result<bool> {
    if (!on_progress(began ? share_of(*began, time_of(cursor), end) : 0)) {
      return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
    }
    THIG_TRY_ASSIGN(step, store.count_history(cursor, before, rows));
    cursor = std::max(cursor, step.reached);
    if (!began) began = time_of(cursor);
    counts += step.counts;
    return step.more;
  };
  if (retention.age) {
    for (bool more = true; more;) {
      THIG_TRY_ASSIGN(some, walk(oldest_kept(retention, now), now - *retention.age));
      more = some;
    }
  }
  if (retention.size) {
    THIG_TRY_ASSIGN(size, store.database_size());
    for (bool more = true;
         more && size.used - std::min(size.used, counts.bytes) > *retention.size;) {
      THIG_TRY_ASSIGN(some, walk(no_end, now));
      more = some;
    }
  }
  return counts;
}

Result<bool> prune_for(Pruner& pruner, const Clock& clock, Millis span) {
  const Millis end = clock.now().steady + span;
  for (;;) {
    const Instant now = clock.now();
    if (now.steady >= end) return true;
    THIG_TRY_ASSIGN(more, pruner.step(now.wall));
    if (!more) return false;
    if (pruner.wrote()) pruner.fit_steps_to(clock.now().steady - now.steady);
  }
}

BackgroundPruner::BackgroundPruner(MaintenanceStore& store, Retention retention, const Clock& clock,
                                   PruningReports reports)
    : store_(store),
      retention_(retention),
      pruner_(store, retention, {.rows = background_rows, .keep_free_pages = true}),
      clock_(clock),
      reports_(std::move(reports)) {}

Millis BackgroundPruner::turn(Instant now, bool idle) {
  if (!next_) next_ = now.steady + first_pass;
  if (now.steady < *next_) return *next_ - now.steady;
  if (!began_) {
    began_ = now.steady;
    gone_before_ = pruner_.gone().events;
  }
  const auto more = work();
  const Instant after = clock_.now();
  Millis wait = between_passes;
  if (!more) {
    if (!failing_) reports_.failed(more.error());
    failing_ = true;
    began_.reset();
  } else if (*more) {
    wait = gap(after.steady - now.steady, after.steady, idle);
    watch_pace(after);
  } else {
    wait = after_pass();
  }
  next_ = after.steady + wait;
  return wait;
}

// One step that writes, or a few that only look.
Result<bool> BackgroundPruner::work() {
  for (int steps = 1;; ++steps) {
    const Instant begin = clock_.now();
    THIG_TRY_ASSIGN(more, pruner_.step(begin.wall));
    if (pruner_.wrote()) pruner_.fit_steps_to(clock_.now().steady - begin.steady);
    if (!more || pruner_.wrote() || steps == steps_at_once) return more;
  }
}

Millis BackgroundPruner::gap(Millis worked, Millis steady, bool idle) const {
  const Gear* gear = idle ? &gears[1] : &gears[0];
  for (const Gear& one : gears) {
    if (&one > gear && steady - *began_ >= one.after) gear = &one;
  }
  return std::max(worked * gear->idle_parts, gear->idle_parts == 1 ? Millis{1} : least_gap);
}

Millis BackgroundPruner::after_pass() {
  if (reports_.passed) reports_.passed(pruner_.gone() - std::exchange(told_, pruner_.gone()));
  failing_ = false;
  began_.reset();
  mark_.reset();
  if (told_at_) reports_.caught_up();
  told_at_.reset();
  return pruner_.gone().events - gone_before_ >= many_events ? between_busy_passes : between_passes;
}

// A backlog may take hours, and shrinks: that is no reason to say anything.
void BackgroundPruner::watch_pace(Instant now) {
  const Millis since = mark_ ? mark_->at : *began_;
  if (now.steady - since < between_marks || !pruner_.walking()) return;
  const auto beyond = excess(now.wall);
  if (!beyond) return;  // the next step meets the same failure
  const bool grew = mark_ && *beyond > mark_->excess;
  mark_ = Mark{.at = now.steady, .excess = *beyond};
  if (!grew || (told_at_ && now.steady - *told_at_ < between_warnings)) return;
  told_at_ = now.steady;
  reports_.falls_behind();
}

Result<BackgroundPruner::Excess> BackgroundPruner::excess(Time now) {
  Excess beyond{.too_old = pruner_.too_old_by(now)};
  if (retention_.size) {
    THIG_TRY_ASSIGN(size, store_.database_size());
    beyond.too_large = size.used - std::min(size.used, *retention_.size);
  }
  return beyond;
}

}  // namespace thig

#include "core/engine/pruner.h"

#include "core/model/ids.h"

#include <algorithm>
#include <limits>

namespace thig {
namespace {

// What was pending when it was passed has ended an hour later, mostly.
constexpr Millis between_rewinds = std::chrono::hours(1);

// A database in use is made smaller when it has more free pages than this and a quarter of it.
constexpr std::uint64_t kept_free = 16u << 20;

constexpr Millis first_pass{5'000};
constexpr Millis between_passes = std::chrono::minutes(1);
constexpr Millis idle_gap{20};
constexpr Millis busy_gap{100};
constexpr std::size_t background_rows = 200;
// That only look; so a pass with nothing to do is over at once.
constexpr int steps_at_once = 10;
constexpr Millis background_shrink{3};
constexpr Millis whole_shrink{15};

constexpr EventId no_end{std::numeric_limits<std::int64_t>::max()};

EventId oldest_kept(const Retention& retention, Time now) {
  return first_event_id_at(now - *retention.age);
}

}  // namespace

Pruner::Pruner(MaintenanceStore& store, Retention retention, Options options)
    : store_(store), retention_(retention), options_(options) {}

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
  THIG_TRY_ASSIGN(step, store_.prune_history(cursor_, before, options_.rows));
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
  THIG_TRY_ASSIGN(gone, store_.prune_figures(before, now, options_.rows));
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

double Pruner::progress(Time now) const {
  if (!retention_.age || !began_at_ || phase_ != Phase::age) return 0;
  const auto whole = (now - *retention_.age - *began_at_).count();
  const auto done = (time_of(cursor_) - *began_at_).count();
  if (whole <= 0) return 0;
  return std::clamp(static_cast<double>(done) / static_cast<double>(whole), 0.0, 1.0);
}

Result<PruneCounts> count_prunable(MaintenanceStore& store, const Retention& retention, Time now,
                                   const std::function<bool(std::int64_t)>& on_progress) {
  constexpr std::size_t rows = 2'000;
  PruneCounts counts;
  EventId cursor;
  const auto walk = [&](EventId before) -> Result<bool> {
    if (!on_progress(counts.events))
      return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
    THIG_TRY_ASSIGN(step, store.count_history(cursor, before, rows));
    cursor = std::max(cursor, step.reached);
    counts += step.counts;
    return step.more;
  };
  if (retention.age) {
    for (bool more = true; more;) {
      THIG_TRY_ASSIGN(some, walk(oldest_kept(retention, now)));
      more = some;
    }
  }
  if (retention.size) {
    THIG_TRY_ASSIGN(size, store.database_size());
    for (bool more = true;
         more && size.used - std::min(size.used, counts.bytes) > *retention.size;) {
      THIG_TRY_ASSIGN(some, walk(no_end));
      more = some;
    }
  }
  return counts;
}

Status prune_for(Pruner& pruner, const Clock& clock, Millis span) {
  const Millis end = clock.now().steady + span;
  for (;;) {
    const Instant now = clock.now();
    if (now.steady >= end) return {};
    THIG_TRY_ASSIGN(more, pruner.step(now.wall));
    if (!more) return {};
  }
}

BackgroundPruner::BackgroundPruner(MaintenanceStore& store, Retention retention,
                                   std::function<void(const Error&)> on_error)
    : pruner_(store, retention, {.rows = background_rows, .keep_free_pages = true}),
      on_error_(std::move(on_error)) {}

Millis BackgroundPruner::turn(Instant now, bool idle) {
  if (!next_) next_ = now.steady + first_pass;
  const Millis due = idle ? *next_ : std::max(*next_, last_step_ + busy_gap);
  if (now.steady < due) return due - now.steady;
  last_step_ = now.steady;
  auto more = pruner_.step(now.wall);
  for (int steps = 1; more && *more && !pruner_.wrote() && steps < steps_at_once; ++steps) {
    more = pruner_.step(now.wall);
  }
  if (!more) {
    if (!failing_) on_error_(more.error());
    failing_ = true;
  } else if (*more) {
    next_ = now.steady + idle_gap;
    return idle ? idle_gap : busy_gap;
  } else {
    failing_ = false;
  }
  next_ = now.steady + between_passes;
  return between_passes;
}

}  // namespace thig

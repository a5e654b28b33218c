// What keeps the dispatcher from delivering faster.
#include "core/dispatch/dispatcher.h"

namespace thig {
namespace {

// From here on nothing is gained by what else on this machine may be in the way.
constexpr double all_of_it = 0.9;
// A receiver that takes so long for an answer would be no quicker beside idle processors.
constexpr Millis receivers_own{100};

Limited of_all(Limit limit) {
  return {.limit = limit, .webhook = {}};
}

}  // namespace

void Dispatcher::watch_limits() {
  if (now_.steady < next_watch_) return;
  next_watch_ = now_.steady + tick;
  std::optional<Limited> now = limited();
  if (now && !now->elsewhere && options_.processors_busy() >= all_of_it) {
    now = of_all(Limit::processor);
  }
  if (const auto report = limits_.note(now_.steady, now)) observer_.limited(*report);
}

// Nothing if all that is due is under way.
std::optional<Limited> Dispatcher::limited() const {
  if (unrecorded_ || results_.size() >= options_.unsettled_limit) return of_all(Limit::database);
  const Lane* held_up = nullptr;  // the one of which most is under way
  for (const auto& [id, lane] : lanes_) {
    if (!lane->has_rows() || lane->waits_until(time_)) continue;
    if (held_up == nullptr || lane->in_flight() > held_up->in_flight()) held_up = lane.get();
  }
  const bool full = flights_.size() >= capacity_.now() || bytes_in_flight_ >= options_.flight_bytes;
  if (held_up != nullptr && full) return of_all(Limit::capacity);
  if (held_up == nullptr) {
    if (!to_read_.any_thirsty() && !to_read_.any_hungry()) return std::nullopt;
    return of_all(Limit::database);
  }
  const Limit limit = held_up->limit();
  return Limited{.limit = limit,
                 .webhook = held_up->endpoint().name,
                 .elsewhere = limit == Limit::rate || held_up->latency() >= receivers_own};
}

}  // namespace thig

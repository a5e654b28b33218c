#include "core/engine/results.h"

#include <algorithm>
#include <utility>

namespace thig {

void Results::add(Lane& lane, Result result, Millis steady) {
  if (!oldest_) oldest_ = steady;
  if (!lane.touched) lanes_.push_back(&lane);
  lane.touched = true;
  results_.push_back({&lane, std::move(result)});
}

std::optional<Time> Results::judge_stale(const Lane& lane) {
  std::optional<Time> first;
  for (auto& [of, result] : results_) {
    if (of != &lane || result.settled.attempt.ok()) continue;
    Settled& settled = result.settled;
    settled.state = DeliveryState::pending;
    if (std::exchange(settled.counted, false)) settled.due_at = result.stale_due_at;
    result.report.state = settled.state;
    result.report.retry_at = settled.due_at;
    first = std::min(first.value_or(Time::max()), settled.due_at);
  }
  std::erase_if(raised_, [&](const Raised& one) { return one.lane == &lane; });
  std::erase_if(news_, [&](const News& one) { return one.lane == &lane; });
  return first;
}

SettleBatch Results::batch(Time dispatcher_time) const {
  SettleBatch batch;
  batch.dispatcher_time = dispatcher_time;
  for (const Lane* lane : lanes_) {
    batch.epochs.push_back({lane->endpoint().id, lane->endpoint().epoch});
    if (auto unsaved = lane->unsaved()) batch.endpoints.push_back(std::move(*unsaved));
  }
  batch.deliveries.reserve(results_.size());
  for (const OfLane& one : results_) batch.deliveries.push_back(one.result.settled);
  for (const Raised& one : raised_) batch.raised.push_back(one.event);
  return batch;
}

thig::Result<bool> Results::commit(QueueStore& store, Time wall, Time dispatcher_time,
                                   DispatchObserver& observer) {
  THIG_TRY(store.settle(batch(dispatcher_time), wall));

  bool stirs = !raised_.empty() || !news_.empty();
  for (const OfLane& one : results_) {
    const bool moved = one.lane->release(one.result.settled.id.event);
    stirs = stirs || moved;
  }
  for (Lane* lane : lanes_) {
    lane->saved();
    lane->touched = false;
  }
  tell_all(observer);
  lanes_.clear();
  results_.clear();
  raised_.clear();
  news_.clear();
  oldest_.reset();
  return stirs;
}

void Results::tell_all(DispatchObserver& observer) {
  for (const OfLane& one : results_) observer.settled(one.result.report);
  for (const auto& [lane, news] : news_) {
    switch (news) {
      case LaneNews::failing:
        observer.failing(lane->endpoint(), lane->health());
        break;
      case LaneNews::parked:
        observer.parked(lane->endpoint(), lane->health());
        break;
      case LaneNews::disabled:
        observer.disabled(lane->endpoint(), lane->endpoint().state_reason);
        break;
    }
  }
}

}  // namespace thig

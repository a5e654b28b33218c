#include "core/engine/results.h"

namespace thig {

void Results::add(Lane& lane, Settled settled, SettledReport report, Millis steady) {
  if (!oldest_) oldest_ = steady;
  if (!lane.touched) lanes_.push_back(&lane);
  lane.touched = true;
  batch_.deliveries.push_back(std::move(settled));
  lane_of_.push_back(&lane);
  reports_.push_back(std::move(report));
}

Result<bool> Results::commit(QueueStore& store, Time wall, Time dispatcher_time,
                             DispatchObserver& observer) {
  batch_.dispatcher_time = dispatcher_time;
  batch_.endpoints.clear();
  for (const Lane* lane : lanes_) {
    if (auto unsaved = lane->unsaved()) batch_.endpoints.push_back(std::move(*unsaved));
  }
  THIG_TRY(store.settle(batch_, wall));

  bool stirs = !batch_.raised.empty() || !news_.empty();
  for (std::size_t i = 0; i < batch_.deliveries.size(); ++i) {
    const bool moved = lane_of_[i]->release(batch_.deliveries[i].id.event);
    stirs = stirs || moved;
  }
  for (Lane* lane : lanes_) {
    lane->saved();
    lane->touched = false;
  }
  tell_all(observer);
  batch_ = {};
  lanes_.clear();
  lane_of_.clear();
  reports_.clear();
  news_.clear();
  oldest_.reset();
  return stirs;
}

void Results::tell_all(DispatchObserver& observer) {
  for (const SettledReport& report : reports_) observer.settled(report);
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

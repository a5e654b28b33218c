#include "core/dispatch/results.h"

#include "core/store/bounds.h"

#include <algorithm>
#include <span>
#include <utility>

namespace thig {
namespace {

// Its queue row, and its row in the history.
constexpr std::size_t rows_of_a_result = 2;

void tell_one(DispatchObserver& observer, const Lane& lane, Results::LaneNews news) {
  switch (news) {
    case Results::LaneNews::failing:
      return observer.failing(lane.endpoint(), lane.health());
    case Results::LaneNews::parked:
      return observer.parked(lane.endpoint(), lane.health());
    case Results::LaneNews::disabled:
      return observer.disabled(lane.endpoint(), lane.endpoint().state_reason);
  }
}

}  // namespace

void Results::add(Lane& lane, Result result, Millis steady) {
  if (!oldest_) oldest_ = steady;
  if (!lane.place_in_results) {
    lane.place_in_results = lanes_.size();
    lanes_.push_back({&lane, {}, {}, {}});
  }
  of(lane).results.push_back(std::move(result));
  ++size_;
}

void Results::raise(Lane& lane, NewEvent event) {
  of(lane).raised.push_back(std::move(event));
}

void Results::tell(Lane& lane, LaneNews news) {
  of(lane).news.push_back(news);
}

std::optional<Time> Results::judge_stale(const Lane& lane) {
  if (!lane.place_in_results) return std::nullopt;
  OfLane& all = of(lane);
  std::optional<Time> first;
  for (Result& result : all.results) {
    if (result.settled.attempt.ok()) continue;
    Settled& settled = result.settled;
    settled.state = DeliveryState::pending;
    if (std::exchange(settled.counted, false)) settled.due_at = result.stale_due_at;
    result.report.state = settled.state;
    result.report.retry_at = settled.due_at;
    first = std::min(first.value_or(Time::max()), settled.due_at);
  }
  all.raised.clear();
  all.news.clear();
  return first;
}

Results::Portion Results::a_transaction() const {
  Portion portion;
  std::size_t rows = 0;
  for (const OfLane& one : lanes_) {
    const std::size_t room = (most_rows_at_once - rows) / rows_of_a_result;
    if (one.results.size() > room) {
      portion.results = room;
      break;
    }
    ++portion.lanes;
    rows += rows_of_a_result * one.results.size();
    for (const NewEvent& event : one.raised) rows += event.rows();
    if (rows >= most_rows_at_once) break;
  }
  return portion;
}

SettleBatch Results::batch(const Portion& portion, Time dispatcher_time) const {
  SettleBatch batch;
  batch.dispatcher_time = dispatcher_time;
  batch.deliveries.reserve(size_);
  const auto add = [&](const OfLane& of, std::size_t results) {
    batch.epochs.push_back({of.lane->endpoint().id, of.lane->endpoint().epoch});
    for (const Result& one : std::span(of.results).first(results)) {
      batch.deliveries.push_back(one.settled);
    }
  };
  for (const OfLane& one : std::span(lanes_).first(portion.lanes)) {
    add(one, one.results.size());
    if (auto unsaved = one.lane->unsaved()) batch.endpoints.push_back(std::move(*unsaved));
    batch.raised.insert(batch.raised.end(), one.raised.begin(), one.raised.end());
  }
  if (portion.results > 0) add(lanes_[portion.lanes], portion.results);
  return batch;
}

thig::Result<bool> Results::commit(QueueStore& store, Time wall, Time dispatcher_time,
                                   DispatchObserver& observer) {
  const Portion portion = a_transaction();
  THIG_TRY(store.settle(batch(portion, dispatcher_time), wall));

  bool stirs = false;
  const auto release = [&](const OfLane& of, std::size_t results) {
    for (const Result& one : std::span(of.results).first(results)) {
      const bool moved = of.lane->release(one.settled.id.event);
      stirs = stirs || moved;
      observer.settled(one.report);
    }
  };
  for (const OfLane& one : std::span(lanes_).first(portion.lanes)) {
    release(one, one.results.size());
    one.lane->saved();
    stirs = stirs || !one.raised.empty() || !one.news.empty();
    for (const LaneNews news : one.news) tell_one(observer, *one.lane, news);
  }
  if (portion.results > 0) release(lanes_[portion.lanes], portion.results);
  forget(portion);
  return stirs;
}

void Results::forget(const Portion& portion) {
  for (const OfLane& one : std::span(lanes_).first(portion.lanes)) {
    one.lane->place_in_results.reset();
    size_ -= one.results.size();
  }
  lanes_.erase(lanes_.begin(), lanes_.begin() + static_cast<std::ptrdiff_t>(portion.lanes));
  if (portion.results > 0) {
    auto& results = lanes_.front().results;
    results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(portion.results));
    size_ -= portion.results;
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i].lane->place_in_results = i;
  if (size_ == 0) oldest_.reset();
}

}  // namespace thig

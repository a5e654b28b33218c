#include "core/dispatch/results.h"

#include "core/store/bounds.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace thig {
namespace {

// Its queue row, and its row in the history.
constexpr std::size_t rows_of_a_result = 2;

void tell_one(DispatchObserver& observer, const Lane& lane, Results::LaneNews news) {
  switch (news) {
    case Results::LaneNews::failing:
      return observer.failing(lane.endpoint(), lane.health());
    case Results::LaneNews::paused:
      return observer.paused(lane.endpoint(), lane.health());
    case Results::LaneNews::recovered:
      return observer.recovered(lane.endpoint());
    case Results::LaneNews::disabled:
      return observer.disabled(lane.endpoint(), lane.endpoint().state_reason);
  }
}

}  // namespace

Results::Result Results::result_of(const Decision& decision, const Delivered& delivery,
                                   Time stale_due_at) {
  Result result{.settled = {.id = delivery.id,
                            .was_due = delivery.was_due,
                            .attempt = decision.attempt.value(),
                            .state = DeliveryState::pending,
                            .due_at = decision.due_at,
                            .counted = decision.counted},
                .report = {.id = delivery.id,
                           .endpoint_name = std::string(delivery.endpoint_name),
                           .event_type = std::string(delivery.event_type),
                           .attempt = decision.attempt.value(),
                           .retry_at = {}},
                .stale_due_at = stale_due_at};
  if (decision.step == Step::deliver) result.settled.state = DeliveryState::delivered;
  if (decision.step == Step::die) result.settled.state = DeliveryState::dead;
  if (decision.step == Step::retry) result.report.retry_at = decision.due_at;
  result.report.state = result.settled.state;
  return result;
}

void Results::add(Lane& lane, Result result, Millis steady) {
  if (!oldest_) oldest_ = steady;
  if (!lane.place_in_results) {
    lane.place_in_results = lanes_.size();
    lanes_.push_back({.lane = &lane, .results = {}, .raised = {}, .news = {}, .saving = {}});
  }
  of(lane).results.push_back(std::move(result));
  ++waiting_;
  ++size_;
}

void Results::raise(Lane& lane, NewEvent event) {
  of(lane).raised.push_back(std::move(event));
}

void Results::tell(Lane& lane, LaneNews news) {
  of(lane).news.push_back(news);
}

std::optional<Time> Results::mark_stale(const Lane& lane) {
  if (!lane.place_in_results) return std::nullopt;
  return mark_stale(of(lane));
}

std::optional<Time> Results::mark_stale(OfLane& all) {
  std::optional<Time> first;
  for (Result& result : all.results) {
    if (result.settled.attempt.ok()) continue;
    AttemptResult& settled = result.settled;
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

void Results::start(Settler& settler, Time wall, Time dispatcher_time) {
  const Portion portion = a_transaction();
  Batch out = take_out(portion);
  SettleBatch batch;
  batch.dispatcher_time = dispatcher_time;
  for (std::size_t i = 0; i < out.lanes.size(); ++i) {
    OfLane& one = out.lanes[i];
    one.epoch = one.lane->endpoint().epoch;
    batch.epochs.push_back({one.lane->endpoint().id, one.epoch});
    for (const Result& result : one.results) batch.deliveries.push_back(result.settled);
    if (i >= portion.lanes) continue;  // the rest of it still waits
    if (auto unsaved = one.lane->unsaved()) {
      batch.endpoints.push_back(std::move(*unsaved));
      one.saving = one.lane->begin_saving();
    }
    batch.raised.insert(batch.raised.end(), one.raised.begin(), one.raised.end());
  }
  under_way_.push_back(std::move(out));
  settler.start(std::move(batch), wall);
}

// What the next transaction takes in waits no more.
Results::Batch Results::take_out(const Portion& portion) {
  const auto whole = lanes_.begin() + static_cast<std::ptrdiff_t>(portion.lanes);
  Batch out{.lanes = {std::make_move_iterator(lanes_.begin()), std::make_move_iterator(whole)},
            .oldest = oldest_};
  for (const OfLane& one : out.lanes) {
    one.lane->place_in_results.reset();
    waiting_ -= one.results.size();
  }
  lanes_.erase(lanes_.begin(), whole);
  if (portion.results > 0) {
    auto& results = lanes_.front().results;
    const auto first = results.begin() + static_cast<std::ptrdiff_t>(portion.results);
    out.lanes.push_back(
        {.lane = lanes_.front().lane,
         .results = {std::make_move_iterator(results.begin()), std::make_move_iterator(first)},
         .raised = {},
         .news = {},
         .saving = {}});
    results.erase(results.begin(), first);
    waiting_ -= portion.results;
  }
  number_lanes();
  if (waiting_ == 0) oldest_.reset();
  return out;
}

void Results::number_lanes() {
  for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i].lane->place_in_results = i;
}

Results::Taken Results::take(Settler& settler, DispatchObserver& observer) {
  Taken taken;
  while (!under_way_.empty()) {
    const auto ended = settler.take();
    if (!ended) break;
    Batch batch = std::move(under_way_.front());
    under_way_.pop_front();
    if (*ended) {
      recorded(batch, observer, taken);
      continue;
    }
    if (!error_) error_ = ended->error();
    refused_.push_back(std::move(batch));
  }
  if (!error_ || !under_way_.empty()) return taken;
  put_back(std::exchange(refused_, {}), taken);
  taken.error = std::exchange(error_, std::nullopt);
  return taken;
}

void Results::recorded(const Batch& batch, DispatchObserver& observer, Taken& taken) {
  taken.any = true;
  for (const OfLane& one : batch.lanes) {
    size_ -= one.results.size();
    for (const Result& result : one.results) {
      const AttemptResult& settled = result.settled;
      // A row that was moved meanwhile was read in vain, and one may be due again by now that was
      // passed over as long as it was held.
      const bool moved = one.lane->release(settled.id.event);
      const bool stays = settled.state == DeliveryState::pending;
      if (moved || stays) {
        taken.pending.emplace_back(one.lane, moved ? Time{} : settled.due_at);
      }
      observer.settled(result.report);
    }
    // One of an older epoch has been read again since.
    if (one.saving && one.epoch == one.lane->endpoint().epoch) one.lane->saved(*one.saving);
    taken.stirs = taken.stirs || !one.raised.empty() || !one.news.empty();
    for (const LaneNews news : one.news) tell_one(observer, *one.lane, news);
  }
}

// Before what waits, in the order in which it came.
void Results::put_back(std::vector<Batch> refused, Taken& taken) {
  for (auto batch = refused.rbegin(); batch != refused.rend(); ++batch) {
    for (auto one = batch->lanes.rbegin(); one != batch->lanes.rend(); ++one) {
      Lane& lane = *one->lane;
      if (one->epoch != lane.endpoint().epoch) {
        if (const auto due = mark_stale(*one)) taken.pending.emplace_back(&lane, *due);
      } else if (one->saving) {
        lane.not_saved(*one->saving);
      }
      one->saving.reset();
    }
  }
  std::vector<OfLane> later = std::exchange(lanes_, {});
  for (OfLane& one : later) one.lane->place_in_results.reset();
  for (Batch& batch : refused) {
    for (OfLane& one : batch.lanes) {
      waiting_ += one.results.size();
      add_behind(std::move(one));
    }
    if (batch.oldest) oldest_ = std::min(oldest_.value_or(*batch.oldest), *batch.oldest);
  }
  for (OfLane& one : later) add_behind(std::move(one));
}

void Results::add_behind(OfLane one) {
  if (!one.lane->place_in_results) {
    one.lane->place_in_results = lanes_.size();
    lanes_.push_back(std::move(one));
    return;
  }
  OfLane& earlier = of(*one.lane);
  std::ranges::move(one.results, std::back_inserter(earlier.results));
  std::ranges::move(one.raised, std::back_inserter(earlier.raised));
  std::ranges::move(one.news, std::back_inserter(earlier.news));
}

}  // namespace thig

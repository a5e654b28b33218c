// Results that have come back and are not recorded yet: collected, then recorded together, then
// told.
#pragma once

#include "core/dispatch/lane.h"
#include "core/dispatch/observer.h"
#include "core/dispatch/settler.h"
#include "core/store/queue_store.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace thig {

class Results {
 public:
  // What an attempt came to, under the epoch that its lane has now. `stale_due_at`: when it is made
  // again if it failed and the epoch is another before it is recorded (rules/decision.h).
  struct Result {
    AttemptResult settled;
    AttemptReport report;
    Time stale_due_at{};
  };
  struct Delivered {
    DeliveryId id;
    Time was_due{};
    std::string_view endpoint_name;
    std::string_view event_type;
  };
  static Result result_of(const Decision& decision, const Delivered& delivery, Time stale_due_at);
  // The lane must live until it is recorded.
  void add(Lane& lane, Result result, Millis steady);
  // An event that tells of the lane, which has a result, to be raised with its results.
  void raise(Lane& lane, NewEvent event);
  // What is told of a lane, which has a result, once that is recorded.
  enum class LaneNews { failing, paused, disabled, recovered };
  void tell(Lane& lane, LaneNews news);

  // The lane's webhook has another epoch now: what it came to before decides nothing. Successes
  // stay; failures wait uncounted, and nothing is raised or told of the lane. Answers when the
  // first of those failures is made again; nothing if there is none. What is under way is evaluated
  // when it comes back, refused.
  std::optional<Time> mark_stale(const Lane& lane);

  // That are not recorded, those under way among them.
  std::size_t size() const { return size_; }
  // That are not under way.
  std::size_t waiting() const { return waiting_; }
  // When the oldest that waits came; nothing if there is none.
  std::optional<Millis> oldest() const { return oldest_; }

  // Whether one more transaction may be started.
  bool can_start() const { return under_way_.size() < Settler::most_batches && !error_; }
  bool under_way() const { return !under_way_.empty(); }
  // Starts one transaction, of as many of those that wait as one takes in (store/bounds.h), the
  // webhooks that came first first. A webhook's health is recorded, and its events are raised, with
  // the last of its results.
  void start(Settler& settler, Time wall, Time dispatcher_time);

  struct Taken {
    bool any = false;  // something was recorded
    // The database is to be looked at again: events were raised, or webhooks disabled.
    bool stirs = false;
    // What was refused, once all that was under way has come back: that all waits again, as it was
    // before. `conflict` if a lane's webhook has another epoch by now (QueueStore::settle).
    std::optional<Error> error;
    // Rows that stay pending and are held no more, or that were found stale: of which lane, and
    // when they are due.
    std::vector<std::pair<Lane*, Time>> pending;
  };
  // What has come back from the settler.
  Taken take(Settler& settler, DispatchObserver& observer);

 private:
  struct OfLane {
    Lane* lane;
    std::vector<Result> results;
    std::vector<NewEvent> raised;
    std::vector<LaneNews> news;
    // Of one that is under way:
    std::int64_t epoch = 0;
    std::optional<Lane::Saving> saving;
  };
  struct Batch {
    std::vector<OfLane> lanes;
    std::optional<Millis> oldest;
  };
  // The first of the lanes whole, and the first results of the next.
  struct Portion {
    std::size_t lanes = 0;
    std::size_t results = 0;
  };
  OfLane& of(const Lane& lane) { return lanes_[*lane.place_in_results]; }
  static std::optional<Time> mark_stale(OfLane& all);
  Portion a_transaction() const;
  Batch take_out(const Portion& portion);
  void number_lanes();
  void add_behind(OfLane one);
  void recorded(const Batch& batch, DispatchObserver& observer, Taken& taken);
  void put_back(std::vector<Batch> refused, Taken& taken);

  std::vector<OfLane> lanes_;  // that wait, each once
  std::size_t waiting_ = 0;
  std::size_t size_ = 0;
  std::optional<Millis> oldest_;
  std::deque<Batch> under_way_;
  std::vector<Batch> refused_;  // until all have come back
  std::optional<Error> error_;  // what refused them
};

}  // namespace thig

// A lane is one endpoint's share of the dispatcher: the rows it has ready, how many attempts may be
// in flight, and whether it may send at all. One slow or dead endpoint fills its own lane and no
// other.
#pragma once

#include "core/dispatch/limits.h"
#include "core/dispatch/token_bucket.h"
#include "core/model/delivery.h"
#include "core/model/endpoint.h"
#include "core/net/sender.h"
#include "core/rules/decision.h"
#include "core/rules/signing.h"
#include "core/store/config_store.h"
#include "core/store/queue_store.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace thig {

// What is kept ready, of all lanes together.
struct ReadAhead {
  std::size_t bytes = 0;  // of bodies
  std::size_t lanes = 0;  // that have any

  // In memory: what a lane takes besides is more than most bodies.
  std::size_t cost() const { return bytes + (lanes << 12); }
};

class Lane {
 public:
  // `read_ahead` is counted together with the other lanes'; it must outlive the lane.
  Lane(Endpoint endpoint, EndpointHealth health, const HealthPolicy& policy, ReadAhead& read_ahead);
  ~Lane() { clear_buffer(); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }
  const EndpointHealth& health() const { return health_; }
  const std::shared_ptr<const SendTarget>& target() const { return target_; }
  const std::vector<SigningKey>& keys() const { return keys_; }

  // --- Settings. `reconfigure` takes them as they are now in the database; the keys must be given
  // again after it.
  void reconfigure(Endpoint endpoint);
  // Forgets what was read from files, and that it cannot be sent to for them.
  void reload(const HealthPolicy& policy);
  // Whether what it signs with has to be read, again where it has ended or files may have changed.
  bool needs_keys(Time wall) const;
  // Takes what it signs with, and checks the TLS files if they are others than those checked last;
  // what is sent from now on goes over connections that were opened with them. `file`, `invalid`:
  // it cannot be sent to.
  Status take_keys(EndpointKeys keys, TlsFileChecks& checks, Time wall);
  void forget_keys() { keys_.clear(); }
  // The webhook was removed: nothing more is started.
  void retire();
  // Sends nothing until then: there is no key to sign with. Forgets what was read ahead.
  void block(Time until) {
    blocked_until_ = until;
    clear_buffer();
  }
  bool blocked(Time now) const { return blocked_until_ && *blocked_until_ > now; }
  // Until when it sends nothing, being blocked or paused; it wants no rows as long.
  std::optional<Time> waits_until(Time now) const;
  // Nothing is held, in flight or in a list of the dispatcher's: a retired lane can go.
  bool unused() const {
    return held_.empty() && in_flight_ == 0 && !in_ring && !thirsty && !reading_ &&
           !place_in_results;
  }
  // The same of any other, as all that it knows can be read again.
  bool forgettable() const;
  bool retired() const { return retired_; }

  // --- Health. Changes are kept until they are saved with the results that caused them.
  void load_health(EndpointHealth health);
  void change_health(EndpointHealth health, Millis steady);
  // A streak that began before this process is timed from now on: the clock says nothing about it.
  void time_streak_from(Millis steady);
  // How long the streak of failures has lasted; nothing if it began before this process.
  std::optional<Millis> failing_for(Millis steady) const;
  void disable(DisabledBy by, std::string reason);
  // What is to be saved; nothing if it is saved already, or is being saved.
  std::optional<EndpointResult> unsaved() const;
  // What is unsaved is being saved from now on. What it answers goes to `saved` or `not_saved`.
  struct Saving {
    EndpointHealth before;  // what was saved before
    bool disables = false;
  };
  Saving begin_saving();
  void saved(const Saving& saving);
  // The last that began is to be told first.
  void not_saved(const Saving& saving);
  // It was disabled by what happened to its deliveries, which the database may not know yet.
  bool disabling() const { return disable_unsaved_ || disable_saving_; }

  // --- Rows. A row that was read is held until its result has committed, and until a read is in
  // that may have begun before: so reading it again skips it.
  bool wants_rows(Time now) const;
  struct Read {
    std::optional<LaneCursor> after;
    std::size_t limit = 0;
  };
  Read next_read(Time now, std::size_t most) const;
  // Between the two it is being read. What was read is of no use if it was rewound or forgotten
  // meanwhile; `all`: there are no more due.
  bool being_read() const { return reading_.has_value(); }
  void begin_read() { reading_ = Reading{}; }
  void end_read(std::vector<QueuedDelivery> rows, bool all);
  void end_read();
  // Reads from the start again: rows may have come before the cursor.
  void rewind() {
    cursor_.reset();
    if (reading_) reading_->stale = true;
  }
  // What is known of its first row: true if there may be rows that it has not read.
  bool learns_of(const LaneHead& head);
  // Members have changed pending rows: what was read ahead is forgotten, as it may be gone.
  void forget_read_ahead() { clear_buffer(); }
  void expect_rows() { drained_ = false; }
  bool drained() const { return drained_; }
  bool has_rows() const { return !buffer_.empty(); }
  // After the commit of its result. True if the row has moved meanwhile, so that it was read in
  // vain and is to be read again.
  bool release(EventId event);

  // --- Credit.
  struct Credit {
    bool now = false;
    std::optional<Millis> wait;  // only time stands in the way
    bool rate_limited = false;   // and it is the rate limit that asks for it
  };
  Credit credit(Time now, Millis steady);
  // What of its own stands in the way of its rows.
  Limit limit() const;
  // Takes the next row; needs credit.
  QueuedDelivery start();
  void came_back(Millis latency);
  // The attempt was not one: the row is as if it had not been read.
  void cut_off(EventId event);
  // Counts a success; true if it is the one that widens the window.
  bool grows();
  // How long its receiver takes for an answer, as it has lately.
  Millis latency() const { return Millis{static_cast<Millis::rep>(latency_ms_)}; }
  // Answers so slowly that it may not take all of the common capacity.
  bool slow() const { return latency_ms_ > 2000; }
  std::size_t in_flight() const { return in_flight_; }

  // --- Its places in the dispatcher's lists.
  bool in_ring = false;
  bool thirsty = false;
  std::optional<std::size_t> place_in_results;

 private:
  Status check_files(TlsFileChecks& checks);
  void add_rows(std::vector<QueuedDelivery> rows, bool all);
  void clear_buffer();
  bool probing(Time now) const;
  std::size_t window(Time now) const;

  Endpoint endpoint_;
  EndpointHealth health_;
  EndpointHealth saved_health_;
  std::optional<Millis> failing_from_;  // on the steady clock
  bool disable_unsaved_ = false;
  bool disable_saving_ = false;
  int pause_after_;
  std::shared_ptr<const SendTarget> target_;
  bool files_checked_ = false;  // those of target_
  std::vector<SigningKey> keys_;
  std::optional<Time> keys_until_;
  std::optional<Time> blocked_until_;
  bool retired_ = false;

  std::deque<QueuedDelivery> buffer_;
  ReadAhead& read_ahead_;
  struct Held {
    Time due_at{};
    bool moved = false;  // it was read again with another due time
  };
  std::unordered_map<EventId, Held> held_;
  struct Reading {
    bool stale = false;
    std::vector<EventId> released;  // meanwhile
  };
  std::optional<Reading> reading_;
  std::int64_t recalls_ = 0;
  std::int64_t arrivals_ = -1;
  std::int64_t dead_ = -1;
  std::optional<LaneCursor> cursor_;
  bool drained_ = false;

  std::size_t in_flight_ = 0;
  int successes_ = 0;
  double latency_ms_ = 0;
  TokenBucket bucket_;
};

}  // namespace thig

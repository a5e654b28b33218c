// The dispatcher decides what is sent when. One single-threaded object: everything it does happens
// in step(now), so tests drive it with a clock of their own and days of retries pass in
// milliseconds.
#pragma once

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/tls_files.h"
#include "core/dispatch/capacity.h"
#include "core/dispatch/lane.h"
#include "core/dispatch/limits.h"
#include "core/dispatch/logical_clock.h"
#include "core/dispatch/observer.h"
#include "core/dispatch/patience.h"
#include "core/dispatch/read_queue.h"
#include "core/dispatch/reader.h"
#include "core/dispatch/results.h"
#include "core/dispatch/router.h"
#include "core/dispatch/settler.h"
#include "core/dispatch/wake_timers.h"
#include "core/net/sender.h"
#include "core/rules/decision.h"
#include "core/store/queue_store.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace thig {

struct DispatchOptions {
  HealthPolicy health{};
  std::size_t max_in_flight = 1024;      // of all endpoints together
  std::size_t settle_size = 512;         // results a transaction
  Millis settle_delay{20};               // the longest a result waits for its transaction
  std::size_t unsettled_limit = 10'000;  // start nothing above this
  std::size_t buffer_bytes = 32u << 20;  // what is kept ready, of all endpoints together
  std::size_t flight_bytes = 48u << 20;  // start nothing while bodies of so many are in flight
  bool sweep = false;                    // take only what is due at the first step
  // What it says about times before this process can be believed (care/clock_watch.h). If not, a
  // streak that began then disables nothing before it has lasted for long enough in this one.
  bool clock_plausible = true;
  // How busy this machine's processors were since it was asked the last time (base/processors.h).
  std::function<double()> processors_busy = [] { return 0.0; };
};

class Dispatcher {
 public:
  // `queue` is asked for its version alone.
  Dispatcher(QueueStore& queue, StoreReader& reader, Settler& settler, Sender& sender,
             Random& random, const DispatchOptions& options, DispatchObserver& observer);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  struct Turn {
    // How long until there is something to do without being woken; never over a second.
    Millis next{0};
    // The database is broken beyond waiting: end the process; what is unsettled will be sent again.
    std::optional<Error> fatal;
  };
  Turn step(Instant now);

  // Someone has written to the database: look at the next step, not at the next second.
  void poke();
  // Nothing in flight, nothing unsettled, nothing that could be started before a later due time.
  // For sweeps; the cost grows with the webhooks.
  bool nothing_left() const;
  // Takes other settings (but for what was found out at the start), and reads keys and certificates
  // again: what is in flight goes on as it began.
  void reload(const DispatchOptions& options);
  // Starts nothing more; what is in flight still comes back and is settled.
  void stop();
  std::size_t in_flight() const { return flights_.size(); }
  // Of bodies that are held in memory, ready or in flight.
  std::size_t body_bytes() const { return read_ahead_.bytes + bytes_in_flight_; }
  // Results that are not recorded yet.
  std::size_t unsettled() const { return results_.size(); }

 private:
  // An attempt under way.
  struct Flight {
    Lane* lane = nullptr;
    DeliveryId id;
    Time due_at{};
    int attempts_made = 0;
    int earlier_attempts = 0;
    std::string event_type;
    Time started_at{};       // on the wall, for the record
    Time started{};          // in the dispatcher's own time, for the rules
    std::int64_t epoch = 0;  // of the webhook when it was started
    std::size_t bytes = 0;   // of its body
    bool slow = false;
  };

  // What the reader was asked.
  struct Asked {
    bool poll = false;
    bool ticked = false;             // a poll that reads from the start
    Millis at{0};                    // on the steady clock
    std::int64_t data_version = -1;  // when it began
    std::vector<EndpointId> lanes;   // in the order in which they are answered
  };

  // How often the database is looked at without being rung.
  static constexpr Millis tick{1000};

  // What came back.
  void absorb_finished();
  void absorb(const Finished& finished);
  void hold(const Flight& flight, const TransportFailed& lack);
  void apply(const Flight& flight, const Finished& finished);
  void tell(const Flight& flight, const Decision& decision);
  void raise(Lane& lane, std::string_view type, std::string data);
  void block(Lane& lane, const Error& reason);
  void settle_when_due();
  bool settlement_is_due() const;
  // False if what waits is not to be started now.
  bool take_settled();

  // What the database holds (dispatcher_reading.cpp). What is asked is answered at a later step, or
  // at once by a reader without a thread; nothing else is asked meanwhile.
  void take_read();
  void recovered();
  bool poll_is_due() const;
  void poll_store();
  Result<std::optional<std::int64_t>> version_to_see(bool ticked);
  void poll_failed(Error error);
  void take(const Asked& asked, Sight sight);
  void take_heads(const std::vector<LaneHead>& heads, bool ticked);
  void take(const Asked& asked, Configuration configuration);
  void reconfigure(Lane& lane, Configuration::Settings settings);
  void ask_lanes();
  std::vector<LaneWanted> next_wanted();
  LaneWanted wanted_of(Lane& lane);
  std::size_t room_for_bodies(std::size_t most) const;
  void take(const Asked& asked, std::vector<LaneRead> lanes);
  void take(Lane& lane, LaneRead read);
  void give_back(const Asked& asked);
  bool is_served(EndpointId id) const;
  Lane* lane_of(EndpointId id);
  Lane* make_lane(LaneRead& read);
  void revisit(Lane& lane);
  void drop_unused_lanes();
  bool wants_read(Lane& lane);
  bool must_wait_for_memory(bool has_rows) const;

  // What limits it (dispatcher_limits.cpp).
  void watch_limits();
  std::optional<Limited> limited() const;

  // What is started.
  void start_ready();
  void start_one(Lane& lane);

  void fire_timers();
  void enqueue(Lane& lane);
  // The database refused: back off, or give up.
  void back_off(Error error) { patience_.refused(std::move(error), now_.steady); }
  bool asks_nothing() const { return patience_.fatal() || patience_.waits(now_.steady); }
  void wake_when_due(EndpointId id, Time due);
  Time horizon() const;
  Turn turn() const;

  QueueStore& queue_;
  StoreReader& reader_;
  Settler& settler_;
  Sender& sender_;
  Random& random_;
  DispatchOptions options_;
  Capacity capacity_;
  DispatchObserver& observer_;

  Instant now_{};
  Time time_{};  // of due times and pauses: see logical_clock.h
  LogicalClock clock_;
  Router router_;
  std::vector<EndpointId> enabled_;  // webhooks, by id, when the router was loaded
  ReadAhead read_ahead_;
  std::unordered_map<EndpointId, std::unique_ptr<Lane>> lanes_;
  std::deque<Lane*> ring_;  // lanes that may have rows and credit
  ReadQueue to_read_;
  std::optional<Asked> asked_;
  bool reads_on_ = false;     // there is something to be read, or to be started, at once
  EndpointId rewound_up_to_;  // in turn, by id
  WakeTimers timers_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::vector<Finished> finished_;
  Results results_;
  bool unrecorded_ = false;  // results were refused: nothing is started until they can be recorded
  bool outdated_ = false;  // they were evaluated under an older configuration than there is by now
  TlsFileChecks tls_checks_;
  std::uint64_t last_ticket_ = 0;
  std::size_t slow_in_flight_ = 0;
  std::size_t bytes_in_flight_ = 0;
  std::optional<Time> sweep_until_;

  bool polled_ = false;
  bool poked_ = false;
  bool reconfigures_ = true;    // the next poll reads the configuration
  bool partly_polled_ = false;  // the last poll did not read from the start
  bool stopping_ = false;
  std::int64_t data_version_ = -1;
  Millis next_tick_{0};
  Millis next_poll_{0};
  Millis next_watch_{0};  // of what limits it

  Patience patience_;
  LimitWatch limits_;
};

}  // namespace thig

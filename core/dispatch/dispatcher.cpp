#include "core/dispatch/dispatcher.h"

#include "core/dispatch/notices.h"
#include "core/dispatch/request.h"
#include "core/rules/egress_proxy.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

// A sweep gives up after so many pauses in a row in which nothing could be sent.
constexpr int most_pauses_of_a_sweep = 3;
// How many transactions one step starts.
constexpr int most_starts_a_step = 3;
// How long a webhook waits whose secret or TLS files cannot be used.
constexpr Millis block_time{60'000};

}  // namespace

Dispatcher::Dispatcher(QueueStore& queue, StoreReader& reader, Settler& settler, Sender& sender,
                       Random& random, const DispatchOptions& options, DispatchObserver& observer)
    : queue_(queue),
      reader_(reader),
      settler_(settler),
      sender_(sender),
      random_(random),
      options_(options),
      capacity_(std::min(options.max_in_flight, sender.most_at_once())),
      observer_(observer),
      patience_(options.sweep, observer) {}

Dispatcher::Turn Dispatcher::step(Instant now) {
  now_ = now;
  time_ = clock_.read(now);
  absorb_finished();
  take_read();
  settle_when_due();
  const bool goes_on = !stopping_ && !unrecorded_;
  if (outdated_ || (goes_on && poll_is_due())) poll_store();
  if (goes_on && !asks_nothing()) {
    fire_timers();
    ask_lanes();
    start_ready();
    const std::size_t ready = ring_.size();
    ask_lanes();
    if (ring_.size() > ready) reads_on_ = true;  // what was read now can be started
  }
  watch_limits();
  return turn();
}

void Dispatcher::poke() {
  poked_ = true;
}

void Dispatcher::reload(const DispatchOptions& options) {
  DispatchOptions before = std::exchange(options_, options);
  options_.sweep = before.sweep;
  options_.clock_plausible = before.clock_plausible;
  options_.processors_busy = std::move(before.processors_busy);
  capacity_.allow(std::min(options_.max_in_flight, sender_.most_at_once()));
  for (const auto& [id, lane] : lanes_) {
    lane->reload(options_.health);
    lane->expect_rows();
    revisit(*lane);
  }
}

void Dispatcher::stop() {
  stopping_ = true;
}

// ------------------------------------------------------------------------------ what came back

void Dispatcher::absorb_finished() {
  finished_.clear();
  sender_.take(finished_);
  for (const Finished& finished : finished_) absorb(finished);
}

void Dispatcher::absorb(const Finished& finished) {
  auto node = flights_.extract(finished.ticket);
  if (!node) return;
  const Flight& flight = node.mapped();
  Lane& lane = *flight.lane;
  if (flight.slow) --slow_in_flight_;
  bytes_in_flight_ -= flight.bytes;
  if (std::holds_alternative<Interrupted>(finished.outcome)) {
    lane.cut_off(flight.id.event);
  } else if (const auto* lack = local_failure(finished.outcome)) {
    hold(flight, *lack);
  } else {
    capacity_.came_back(now_.steady);
    lane.came_back(finished.timing.total_millis());
    apply(flight, finished);
  }
  to_read_.thirst(lane);
  enqueue(lane);
}

// Nothing was sent, for a reason that is this machine's: the delivery waits, no attempt spent.
void Dispatcher::hold(const Flight& flight, const TransportFailed& lack) {
  Lane& lane = *flight.lane;
  lane.cut_off(flight.id.event);
  if (lack.fault == Fault::own_files) {
    // Looked at again before the next attempt, too.
    const Status fit = check_tls_files(tls_files(lane.endpoint()));
    lane.forget_keys();
    return block(lane, fit ? Error{ErrorCode::file, lack.detail, {}} : fit.error());
  }
  if (is_proxy_fault(lack.fault)) {
    // Those that do not go through it are not to wait for it.
    return block(lane, Error{ErrorCode::network, lack.detail, proxy_hint(lack.fault)});
  }
  if (capacity_.lacked(flights_.size(), now_.steady)) {
    observer_.lacking(lack.detail, capacity_.now());
  }
  if (options_.sweep && flights_.empty() && capacity_.pauses_in_a_row() >= most_pauses_of_a_sweep) {
    patience_.give_up({ErrorCode::busy, lack.detail,
                       "due deliveries stay pending; raise the limit of open files (ulimit -n)"});
  }
}

void Dispatcher::block(Lane& lane, const Error& reason) {
  // Those that were in flight together come back together: it is told once.
  const bool news = !lane.blocked(time_);
  lane.block(time_ + block_time);
  timers_.set(lane.endpoint().id, time_ + block_time);
  if (news) observer_.blocked(lane.endpoint(), reason);
}

void Dispatcher::apply(const Flight& flight, const Finished& finished) {
  Lane& lane = *flight.lane;
  const Tried tried{.attempts_made = flight.attempts_made,
                    .started_at = flight.started,
                    .duration = finished.timing.total_millis(),
                    .outcome = finished.outcome,
                    .earlier_attempts = flight.earlier_attempts,
                    .failing_for = lane.failing_for(now_.steady)};
  const bool stale = flight.epoch != lane.endpoint().epoch;
  const double jitter = random_.fraction();
  Decision decision = stale ? decide_stale(lane.endpoint(), lane.health(), tried, time_, jitter)
                            : decide(lane.endpoint(), lane.health(), options_.health, tried, time_,
                                     jitter, is_success(finished.outcome) && lane.grows());
  lane.change_health(decision.health, now_.steady);
  decision.attempt->started_at = flight.started_at;

  if (decision.step == Step::retry) wake_when_due(flight.id.endpoint, decision.due_at);
  results_.add(lane,
               Results::result_of(decision,
                                  {.id = flight.id,
                                   .was_due = flight.due_at,
                                   .endpoint_name = lane.endpoint().name,
                                   .event_type = flight.event_type},
                                  stale_due_at(lane.endpoint(), tried, time_, jitter)),
               now_.steady);
  tell(flight, decision);
}

// What an outcome means beyond its delivery: for those who read the log, and for webhooks.
void Dispatcher::tell(const Flight& flight, const Decision& decision) {
  Lane& lane = *flight.lane;
  const Attempt& attempt = decision.attempt.value();
  if (decision.paused) {
    results_.tell(lane, Results::LaneNews::paused);
    lane.forget_read_ahead();  // others need the memory meanwhile
  }
  const bool quiet = is_webhook_event(flight.event_type);  // no notices about notices
  if (decision.begins_pause && !quiet) {
    raise(lane, "webhook.paused", paused_notice(lane.endpoint(), lane.health(), attempt));
  }
  if (decision.recovered) {
    results_.tell(lane, Results::LaneNews::recovered);
    if (!quiet) raise(lane, "webhook.recovered", webhook_notice(lane.endpoint()));
  }
  if (decision.step == Step::die && !quiet) {
    raise(lane, "webhook.delivery_exhausted",
          exhausted_notice(lane.endpoint(), flight.id, flight.event_type, attempt));
  }
  if (decision.failing) {
    results_.tell(lane, Results::LaneNews::failing);
    if (!quiet) {
      raise(lane, "webhook.failing", failing_notice(lane.endpoint(), lane.health(), attempt));
    }
  }
  if (decision.disable != DisabledBy::nobody && lane.endpoint().state == EndpointState::enabled) {
    lane.disable(decision.disable, decision.disable_reason);
    results_.tell(lane, Results::LaneNews::disabled);
    if (!quiet) {
      raise(lane, "webhook.disabled",
            disabled_notice(lane.endpoint(), decision.disable, decision.disable_reason));
    }
  }
}

void Dispatcher::raise(Lane& lane, std::string_view type, std::string data) {
  auto event = router_.route(type, std::move(data));
  if (!event) return;
  // The router may not know yet that this one is disabled.
  if (lane.endpoint().state == EndpointState::disabled &&
      std::erase(event->queue, lane.endpoint().id) > 0) {
    event->missed.push_back(lane.endpoint().id);
  }
  results_.raise(lane, std::move(*event));
}

void Dispatcher::settle_when_due() {
  if (!take_settled()) return;
  // A webhook may be changed between a result and its commit, and again between two commits: then
  // the next step tries again.
  for (int tries = 0; tries < most_starts_a_step && settlement_is_due(); ++tries) {
    results_.start(settler_, now_.wall, time_);
    if (!take_settled()) return;
  }
}

bool Dispatcher::settlement_is_due() const {
  if (results_.waiting() == 0 || !results_.can_start() || outdated_) return false;
  return results_.waiting() >= options_.settle_size || flights_.empty() ||
         now_.steady - *results_.oldest() >= options_.settle_delay;
}

bool Dispatcher::take_settled() {
  Results::Taken taken = results_.take(settler_, observer_);
  for (const auto& [lane, due] : taken.pending) {
    if (due > time_) {
      wake_when_due(lane->endpoint().id, due);
    } else {
      lane->rewind();
      lane->expect_rows();
      to_read_.thirst(*lane);
    }
  }
  if (taken.any && !taken.error) {
    unrecorded_ = false;
    patience_.over();
  }
  if (taken.stirs) poke();
  if (taken.error) {
    unrecorded_ = true;
    outdated_ = taken.error->code == ErrorCode::conflict;
    reconfigures_ = reconfigures_ || outdated_;
    if (!outdated_) back_off(std::move(*taken.error));
  }
  return !asks_nothing();
}

// ------------------------------------------------------------------------------ what is started

void Dispatcher::start_ready() {
  if (capacity_.pausing(now_.steady)) return;
  std::size_t passed_over = 0;
  while (passed_over < ring_.size() && flights_.size() < capacity_.now() &&
         bytes_in_flight_ < options_.flight_bytes && results_.size() < options_.unsettled_limit) {
    Lane& lane = *ring_.front();
    ring_.pop_front();
    lane.in_ring = false;
    if (lane.needs_keys(now_.wall)) {
      to_read_.thirst(lane);
      continue;
    }
    const Lane::Credit credit = lane.credit(time_, now_.steady);
    if (!credit.now) {
      if (credit.wait) timers_.set(lane.endpoint().id, time_ + *credit.wait);
      continue;
    }
    // The slow ones together hold at most half, so that the quick ones can start at any time.
    if (lane.slow() && slow_in_flight_ >= capacity_.slow_share()) {
      ++passed_over;
    } else {
      start_one(lane);
      passed_over = 0;
      to_read_.thirst(lane);
    }
    enqueue(lane);
  }
}

void Dispatcher::start_one(Lane& lane) {
  QueuedDelivery row = lane.start();
  Flight flight{.lane = &lane,
                .id = row.id,
                .due_at = row.due_at,
                .attempts_made = row.attempts_made,
                .earlier_attempts = row.earlier_attempts,
                .event_type = std::move(row.event_type),
                .started_at = now_.wall,
                .started = time_,
                .epoch = lane.endpoint().epoch,
                .bytes = row.body.size(),
                .slow = lane.slow()};
  if (flight.slow) ++slow_in_flight_;
  bytes_in_flight_ += flight.bytes;
  auto headers = delivery_headers(lane.endpoint(), lane.keys(), row.id, row.body, now_.wall);
  const std::uint64_t ticket = ++last_ticket_;
  flights_.emplace(ticket, std::move(flight));
  sender_.start({.ticket = ticket,
                 .target = lane.target(),
                 .headers = std::move(headers),
                 .body = std::make_shared<const std::string>(std::move(row.body))});
}

// ----------------------------------------------------------------------------------- bookkeeping

// A sweep does not wait for what becomes due later.
void Dispatcher::wake_when_due(EndpointId id, Time due) {
  if (!sweep_until_ || due <= *sweep_until_) timers_.set(id, due);
}

void Dispatcher::fire_timers() {
  while (const auto id = timers_.take(time_)) {
    if (Lane* lane = lane_of(*id)) {
      lane->expect_rows();
      to_read_.thirst(*lane);
      enqueue(*lane);
    } else {
      to_read_.hunger(*id);
    }
  }
}

void Dispatcher::enqueue(Lane& lane) {
  if (lane.in_ring || !lane.has_rows()) return;
  lane.in_ring = true;
  ring_.push_back(&lane);
}

// What counts as due.
Time Dispatcher::horizon() const {
  return sweep_until_.value_or(time_);
}

Dispatcher::Turn Dispatcher::turn() const {
  Millis next = tick;
  const auto by = [&](Millis wait) { next = std::clamp(wait, Millis{0}, next); };
  const bool waits = patience_.waits(now_.steady);
  if (waits) {
    by(*patience_.retry_at() - now_.steady);
  } else if (!stopping_ && !unrecorded_) {
    // What is asked is answered first; whoever reads says when.
    if (asked_) {
      by(next_watch_ - now_.steady);
    } else {
      if (reads_on_) by(Millis{0});
      by(next_tick_ - now_.steady);
      if (poked_) by(next_poll_ - now_.steady);
    }
    if (const auto wake = timers_.next()) by(*wake - time_);
  }
  if (capacity_.pausing(now_.steady)) by(capacity_.paused_until() - now_.steady);
  // Whoever records says when there is space for more.
  if (results_.oldest() && results_.can_start() && !outdated_ && !waits) {
    by(*results_.oldest() + options_.settle_delay - now_.steady);
  }
  return {.next = next, .fatal = patience_.fatal()};
}

bool Dispatcher::nothing_left() const {
  if (!polled_ || asked_ || !flights_.empty() || results_.size() > 0) return false;
  if (to_read_.any_thirsty() || to_read_.any_hungry()) return false;
  if (patience_.retry_at() || !ring_.empty()) return false;
  // Only the rate limit keeps these waiting, so they are not done; paused and disabled ones are.
  return std::ranges::none_of(lanes_, [&](const auto& entry) {
    const Lane::Credit credit = entry.second->credit(time_, now_.steady);
    return credit.now || credit.rate_limited;
  });
}

}  // namespace thig

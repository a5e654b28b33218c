#include "core/dispatch/dispatcher.h"

#include "core/dispatch/notices.h"
#include "core/dispatch/request.h"

#include <algorithm>

namespace thig {
namespace {

// How often the database is looked at without being rung.
constexpr Millis tick{1000};
// After a look, so many times as long as it took is spent on other things.
constexpr int gap_in_looks = 9;
// The most rows one read asks for, and the most lanes that are read at once.
constexpr std::size_t most_rows_a_read = 256;
constexpr std::size_t most_lanes_a_read = 128;
// How many lanes a tick reads from the start, whether anything is known to have come or not.
constexpr std::size_t rewound_a_tick = 1'000;
// From so many lanes on, those that have nothing to do are not kept.
constexpr std::size_t kept_lanes = 1'000;
// A sweep gives up after so many pauses in a row in which nothing could be sent.
constexpr int most_pauses_of_a_sweep = 3;
// How often one step commits results whose webhooks change under it.
constexpr int most_commit_tries = 3;
// How long a webhook waits whose secret or TLS files cannot be used.
constexpr Millis block_time{60'000};

}  // namespace

Dispatcher::Dispatcher(ConfigStore& config, QueueStore& queue, Settler& settler, Sender& sender,
                       const Clock& clock, Random& random, DispatchOptions options,
                       DispatchObserver& observer)
    : config_(config),
      queue_(queue),
      settler_(settler),
      sender_(sender),
      measure_(clock),
      random_(random),
      options_(options),
      capacity_(std::min(options.max_in_flight, sender.most_at_once())),
      observer_(observer),
      patience_(options.sweep, observer) {}

Dispatcher::Turn Dispatcher::step(Instant now) {
  now_ = now;
  time_ = clock_.read(now);
  absorb_finished();
  settle_when_due();
  if (!stopping_ && !asks_nothing()) {
    if (look_is_due()) look();
    fire_timers();
    refill();
    start_ready();
    refill();
  }
  return turn();
}

void Dispatcher::poke() {
  poked_ = true;
}

void Dispatcher::reload(const DispatchOptions& options) {
  const bool sweep = options_.sweep;
  const bool clock_plausible = options_.clock_plausible;
  options_ = options;
  options_.sweep = sweep;
  options_.clock_plausible = clock_plausible;
  capacity_.allow(std::min(options_.max_in_flight, sender_.most_at_once()));
  for (const auto& [id, lane] : lanes_) {
    lane->reload(options_.health);
    lane->expect_rows();
    to_read_.thirst(*lane);
    consider(*lane);
  }
}

void Dispatcher::stop() {
  stopping_ = true;
}

// ------------------------------------------------------------------------------ what came back

void Dispatcher::absorb_finished() {
  finished_.clear();
  sender_.take(finished_);
  for (Finished& finished : finished_) absorb(std::move(finished));
}

void Dispatcher::absorb(Finished finished) {
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
  consider(lane);
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
  if (capacity_.lacked(flights_.size(), now_.steady)) {
    observer_.lacking(lack.detail, capacity_.now());
  }
  if (options_.sweep && flights_.empty() && capacity_.pauses_in_a_row() >= most_pauses_of_a_sweep) {
    patience_.give_up({ErrorCode::busy, lack.detail,
                       "what is due stays due; raise the limit of open files (ulimit -n)"});
  }
}

void Dispatcher::block(Lane& lane, const Error& reason) {
  lane.block(time_ + block_time);
  observer_.blocked(lane.endpoint(), reason);
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
  Settlement settlement = stale
                              ? settle_stale(lane.endpoint(), lane.health(), tried, time_, jitter)
                              : settle(lane.endpoint(), lane.health(), options_.health, tried,
                                       time_, jitter, is_success(finished.outcome) && lane.grows());
  lane.change_health(settlement.health, now_.steady);
  settlement.attempt->started_at = flight.started_at;

  if (settlement.step == Step::retry) wake_when_due(flight.id.endpoint, settlement.due_at);
  results_.add(lane,
               Results::result_of(settlement,
                                  {.id = flight.id,
                                   .was_due = flight.due_at,
                                   .endpoint_name = lane.endpoint().name,
                                   .event_type = flight.event_type},
                                  stale_due_at(lane.endpoint(), tried, time_, jitter)),
               now_.steady);
  tell(flight, settlement);
}

// What an outcome means beyond its delivery: for those who read the log, and for webhooks.
void Dispatcher::tell(const Flight& flight, const Settlement& settlement) {
  Lane& lane = *flight.lane;
  const Attempt& attempt = settlement.attempt.value();
  if (settlement.parked) {
    results_.tell(lane, Results::LaneNews::parked);
    lane.forget_read_ahead();  // others need the memory meanwhile
  }
  const bool quiet = is_webhook_event(flight.event_type);  // no notices about notices
  if (settlement.paused && !quiet) {
    raise(lane, "webhook.paused", paused_notice(lane.endpoint(), lane.health(), attempt));
  }
  if (settlement.recovered && !quiet) {
    raise(lane, "webhook.recovered", webhook_notice(lane.endpoint()));
  }
  if (settlement.step == Step::die && !quiet) {
    raise(lane, "webhook.delivery_exhausted",
          exhausted_notice(lane.endpoint(), flight.id, flight.event_type, attempt));
  }
  if (settlement.failing) {
    results_.tell(lane, Results::LaneNews::failing);
    if (!quiet) {
      raise(lane, "webhook.failing", failing_notice(lane.endpoint(), lane.health(), attempt));
    }
  }
  if (settlement.disable != DisabledBy::nobody && lane.endpoint().state == EndpointState::enabled) {
    lane.disable(settlement.disable, settlement.disable_reason);
    results_.tell(lane, Results::LaneNews::disabled);
    if (!quiet) {
      raise(lane, "webhook.disabled",
            disabled_notice(lane.endpoint(), settlement.disable, settlement.disable_reason));
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
  for (int tries = 0; tries < most_commit_tries && settlement_is_due(); ++tries) {
    results_.start(settler_, now_.wall, time_);
    if (!take_settled()) return;
  }
}

bool Dispatcher::settlement_is_due() const {
  if (results_.waiting() == 0 || !results_.can_start()) return false;
  return results_.waiting() >= options_.settle_size || flights_.empty() ||
         now_.steady - *results_.oldest() >= options_.settle_delay;
}

bool Dispatcher::take_settled() {
  Results::Taken taken = results_.take(settler_, time_, observer_);
  for (const auto& [lane, due] : taken.stale) wake_when_due(lane->endpoint().id, due);
  if (taken.any && !taken.error) patience_.over();
  if (taken.stirs) poke();
  if (taken.error && taken.error->code == ErrorCode::conflict) {
    auto loaded = load_configuration();
    taken.error.reset();
    if (!loaded) taken.error = std::move(loaded).error();
  }
  if (taken.error) trouble(std::move(*taken.error));
  return !asks_nothing();
}

// -------------------------------------------------------------------- what the database holds

bool Dispatcher::look_is_due() {
  if (!looked_) return true;
  if (poked_ && now_.steady >= next_look_) return true;
  return now_.steady >= next_tick_;
}

void Dispatcher::look() {
  const bool ticked = !looked_ || now_.steady >= next_tick_;
  const auto refused = [this](Error error) {
    trouble(std::move(error));
    if (patience_.retry_at()) next_tick_ = *patience_.retry_at();
  };
  std::int64_t seen = data_version_;
  if (ticked) {
    next_tick_ = now_.steady + tick;
    auto version = queue_.data_version();
    if (!version) return refused(std::move(version).error());
    // Idle, and nobody has written: nothing to see.
    const bool changed = *version != data_version_ || !looked_ || read_on_;
    if (!changed && !poked_ && flights_.empty() && ring_.empty()) return;
    seen = *version;
  }
  const Millis began = measure_.now().steady;
  auto read = refresh_configuration();
  if (read) read = read_heads(ticked);
  next_look_ = now_.steady + gap_in_looks * (measure_.now().steady - began);
  if (!read) return refused(std::move(read).error());
  data_version_ = seen;  // only now: what could not be read is still to be seen
  looked_ = true;
  poked_ = false;
  // Rows may have come before a cursor if the clock has been set back: the next tick reads from the
  // start, as a look after a poke has no time for.
  read_on_ = !ticked;
  patience_.over();
  if (ticked) drop_unused_lanes();
}

Status Dispatcher::read_heads(bool ticked) {
  THIG_TRY_ASSIGN(floor, queue_.time_floor(now_.wall));
  time_ = clock_.read(now_, floor);
  if (options_.sweep && !sweep_until_) sweep_until_ = time_;
  THIG_TRY_ASSIGN(heads, queue_.lanes());
  const std::size_t rewound = ticked ? std::min(rewound_a_tick, heads.size()) : 0;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const LaneHead& head = heads[i];
    if (!is_served(head.endpoint)) continue;
    const bool in_turn = (i + heads.size() - next_rewound_ % heads.size()) % heads.size() < rewound;
    if (Lane* lane = lane_of(head.endpoint)) {
      if (in_turn) lane->rewind();
      if (!lane->learns_of(head) && !in_turn) continue;
      lane->expect_rows();
    }
    if (head.first_due <= horizon()) {
      to_read_.hunger(head.endpoint);
    } else {
      wake_when_due(head.endpoint, head.first_due);
    }
  }
  next_rewound_ += rewound;
  // What was read ahead and is pending no more has been cancelled.
  for (const auto& [id, lane] : lanes_) {
    if (lane->has_rows() && !std::ranges::binary_search(heads, id, {}, &LaneHead::endpoint)) {
      lane->forget_read_ahead();
    }
  }
  return {};
}

Status Dispatcher::refresh_configuration() {
  THIG_TRY_ASSIGN(version, config_.config_version());
  return version == router_.version() ? Status{} : load_configuration();
}

Status Dispatcher::load_configuration() {
  // Its version is read first: what comes between is looked at again.
  THIG_TRY_ASSIGN(router, Router::load(config_));
  THIG_TRY_ASSIGN(all, config_.endpoints());
  std::unordered_map<EndpointId, Endpoint> endpoints;
  endpoints.reserve(all.size());
  for (Endpoint& endpoint : all) endpoints.emplace(endpoint.id, std::move(endpoint));
  for (const auto& [id, lane] : lanes_) {
    const auto found = endpoints.find(id);
    THIG_TRY(reconfigure(*lane, found == endpoints.end() ? nullptr : &found->second));
  }
  router_ = std::move(router);
  endpoints_ = std::move(endpoints);
  return {};
}

Status Dispatcher::reconfigure(Lane& lane, const Endpoint* endpoint) {
  if (!endpoint) {
    lane.retire();
    return {};
  }
  if (lane.endpoint().epoch == endpoint->epoch) {
    // Our own disabling that is not saved yet is newer than what the database says.
    if (!lane.disabling()) lane.reconfigure(*endpoint);
    return {};
  }
  // What is not recorded yet was of the epoch before; enabling, or another URL, has ended the
  // streak and the parking, too.
  THIG_TRY_ASSIGN(health, queue_.health(endpoint->id));
  lane.reconfigure(*endpoint);
  lane.load_health(health);
  if (!options_.clock_plausible) lane.time_streak_from(now_.steady);
  if (const auto due = results_.judge_stale(lane)) wake_when_due(endpoint->id, *due);
  return {};
}

// Neither disabled nor removed. Its lane, where there is one, knows first.
bool Dispatcher::is_served(EndpointId id) const {
  if (const auto found = lanes_.find(id); found != lanes_.end()) {
    const Lane& lane = *found->second;
    return !lane.retired() && lane.endpoint().state == EndpointState::enabled;
  }
  const auto found = endpoints_.find(id);
  return found != endpoints_.end() && found->second.state == EndpointState::enabled;
}

// Null if it has none.
Lane* Dispatcher::lane_of(EndpointId id) {
  const auto found = lanes_.find(id);
  return found == lanes_.end() ? nullptr : found->second.get();
}

void Dispatcher::drop_unused_lanes() {
  const bool many = lanes_.size() > kept_lanes;
  std::erase_if(lanes_, [many](const auto& entry) {
    const Lane& lane = *entry.second;
    return lane.retired() ? lane.unused() : many && lane.forgettable();
  });
}

// One read of some lanes; what they lack beyond it is read at the next step.
void Dispatcher::refill() {
  reads_on_ = false;
  if (asks_nothing()) return;
  const auto lanes = next_to_read();
  if (!lanes) return trouble(lanes.error());
  if (lanes->empty()) return;
  if (auto read = refill(*lanes); !read) {
    for (Lane* lane : *lanes) to_read_.thirst(*lane);
    return trouble(std::move(read).error());
  }
  // Otherwise the next look would end it, and until then there would be no pause between steps.
  patience_.over();
}

// Those that want rows and may have them. The others are of no concern any more: who has rows is
// thirsty again when one of them starts.
Result<std::vector<Lane*>> Dispatcher::next_to_read() {
  std::vector<Lane*> lanes;
  while (lanes.size() < most_lanes_a_read && to_read_.any_thirsty()) {
    Lane& lane = to_read_.take_thirsty();
    consider(lane);
    if (!lane.wants_rows(time_)) continue;
    if (!must_wait_for_memory(lane.has_rows())) {
      lanes.push_back(&lane);
    } else if (!lane.has_rows()) {
      to_read_.hunger(lane.endpoint().id);
    }
  }
  std::vector<EndpointId> ids;
  while (lanes.size() + ids.size() < most_lanes_a_read && to_read_.any_hungry() &&
         !must_wait_for_memory(false)) {
    const EndpointId id = to_read_.take_hungry();
    if (is_served(id)) ids.push_back(id);
  }
  auto opened = open_lanes(ids);
  if (!opened) {
    for (Lane* lane : lanes) to_read_.thirst(*lane);
    for (const EndpointId id : ids) to_read_.hunger(id);
    return std::unexpected(std::move(opened).error());
  }
  for (Lane* lane : *opened) {
    if (lane->wants_rows(time_)) lanes.push_back(lane);
  }
  reads_on_ = to_read_.any_thirsty() || (to_read_.any_hungry() && !must_wait_for_memory(false));
  return lanes;
}

// The lanes of these webhooks, which are served; those that are not there are made.
Result<std::vector<Lane*>> Dispatcher::open_lanes(std::span<const EndpointId> ids) {
  std::vector<EndpointId> fresh;
  for (const EndpointId id : ids) {
    if (!lanes_.contains(id)) fresh.push_back(id);
  }
  if (!fresh.empty()) {
    THIG_TRY_ASSIGN(healths, queue_.healths(fresh));
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      auto lane =
          std::make_unique<Lane>(endpoints_.at(fresh[i]), healths[i], options_.health, read_ahead_);
      if (!options_.clock_plausible) lane->time_streak_from(now_.steady);
      lanes_.emplace(fresh[i], std::move(lane));
    }
  }
  std::vector<Lane*> lanes;
  for (const EndpointId id : ids) lanes.push_back(lane_of(id));
  return lanes;
}

// A lane that has something ready can wait; one that has nothing gets a row all the same, up to
// twice the measure, so that large bodies of others do not keep it from being sent to.
bool Dispatcher::must_wait_for_memory(bool has_rows) const {
  if (has_rows) return read_ahead_.cost() >= options_.buffer_bytes;
  return read_ahead_.cost() >= 2 * options_.buffer_bytes && !flights_.empty();
}

Status Dispatcher::refill(std::span<Lane* const> lanes) {
  const auto room = [this](std::size_t most) { return most - std::min(read_ahead_.cost(), most); };
  std::vector<DueRead> reads;
  for (const Lane* lane : lanes) {
    const Lane::Read read = lane->next_read(time_, most_rows_a_read);
    reads.push_back(
        {.endpoint = lane->endpoint().id,
         .after = read.after,
         .limit = read.limit,
         .most_bytes = std::max<std::size_t>(room(options_.buffer_bytes) / lanes.size(), 1)});
  }
  const std::size_t most_bytes = std::max<std::size_t>(room(2 * options_.buffer_bytes), 1);
  THIG_TRY_ASSIGN(pages, queue_.due_pages(reads, horizon(), most_bytes));
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Lane& lane = *lanes[i];
    if (i < pages.size()) {
      lane.add_rows(std::move(pages[i].rows), pages[i].all);
      if (pages[i].next_due) wake_when_due(lane.endpoint().id, *pages[i].next_due);
    }
    if (lane.wants_rows(time_)) {
      to_read_.thirst(lane);
      reads_on_ = true;
    }
    consider(lane);
  }
  return {};
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
    const Lane::Credit credit = lane.credit(time_, now_.steady);
    if (!credit.now) {
      if (credit.wait) timers_.set(lane.endpoint().id, time_ + *credit.wait);
      continue;
    }
    // The slow ones together hold at most half, so that the quick ones find room at any time.
    if (lane.slow() && slow_in_flight_ >= capacity_.slow_share()) {
      ++passed_over;
    } else if (start_one(lane)) {
      passed_over = 0;
      to_read_.thirst(lane);
    }
    consider(lane);
  }
}

bool Dispatcher::start_one(Lane& lane) {
  if (lane.needs_keys(now_.wall)) {
    if (auto loaded = lane.load_keys(config_, tls_checks_, now_.wall); !loaded) {
      block(lane, loaded.error());
      return false;
    }
  }
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
  return true;
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
      consider(*lane);
    } else {
      to_read_.hunger(*id);
    }
  }
}

void Dispatcher::consider(Lane& lane) {
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
  } else if (!stopping_) {
    if (reads_on_) by(Millis{0});
    by(next_tick_ - now_.steady);
    if (poked_) by(next_look_ - now_.steady);
    if (const auto wake = timers_.next()) by(*wake - time_);
  }
  if (capacity_.pausing(now_.steady)) by(capacity_.paused_until() - now_.steady);
  // Whoever records says when there is room for more.
  if (results_.oldest() && results_.can_start() && !waits) {
    by(*results_.oldest() + options_.settle_delay - now_.steady);
  }
  return {.next = next, .fatal = patience_.fatal()};
}

bool Dispatcher::nothing_left() const {
  if (!looked_ || !flights_.empty() || results_.size() > 0) return false;
  if (to_read_.any_thirsty() || to_read_.any_hungry()) return false;
  if (patience_.retry_at() || !ring_.empty()) return false;
  // Only the rate limit keeps these waiting, so they are not done; parked and disabled ones are.
  return std::ranges::none_of(lanes_, [&](const auto& entry) {
    const Lane::Credit credit = entry.second->credit(time_, now_.steady);
    return credit.now || credit.rate_limited;
  });
}

}  // namespace thig

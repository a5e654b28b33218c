// The dispatcher's reading: what the database holds, and whose rows come into memory.
#include "core/dispatch/dispatcher.h"

#include <algorithm>

namespace thig {
namespace {

// After a poll, so many times as long as it took is spent on other things.
constexpr int gap_in_polls = 9;
// The most rows one read asks for, and the most lanes that are read at once.
constexpr std::size_t most_rows_a_read = 256;
constexpr std::size_t most_lanes_a_read = 128;
// The first rows of a lane are read before anything is known of it.
constexpr std::size_t first_rows = 8;
// How many lanes a tick reads from the start, whether anything is known to have come or not.
constexpr std::size_t rewound_a_tick = 1'000;
// From so many lanes on, those that have nothing to do are not kept.
constexpr std::size_t kept_lanes = 1'000;

}  // namespace

void Dispatcher::take_read() {
  if (!asked_) return;
  auto answer = reader_.take();
  if (!answer) return;
  const Asked asked = *std::exchange(asked_, std::nullopt);
  if (*answer) {
    std::visit([&](auto& seen) { take(asked, std::move(seen)); }, **answer);
  } else if (asked.poll) {
    poll_failed(std::move(*answer).error());
  } else {
    give_back(asked);
    back_off(std::move(*answer).error());
  }
}

// It gives what it is asked: so it is well again, unless it is results that it refuses.
void Dispatcher::recovered() {
  if (!unrecorded_) patience_.over();
}

// ------------------------------------------------------------------------------------- looking

bool Dispatcher::poll_is_due() const {
  if (!polled_) return true;
  if (poked_ && now_.steady >= next_poll_) return true;
  return now_.steady >= next_tick_;
}

void Dispatcher::poll_store() {
  if (asked_ || asks_nothing()) return;
  const bool ticked = !polled_ || now_.steady >= next_tick_;
  const auto version = version_to_see(ticked);
  if (!version) return poll_failed(version.error());
  if (!*version) return;
  asked_ = Asked{
      .poll = true, .ticked = ticked, .at = now_.steady, .data_version = **version, .lanes = {}};
  poked_ = false;  // who writes from now on pokes again
  PollWanted wanted{.wall = now_.wall, .config_version = router_.version(), .lanes = {}};
  if (reconfigures_) wanted.lanes.emplace();
  for (auto lane = lanes_.begin(); reconfigures_ && lane != lanes_.end(); ++lane) {
    asked_->lanes.push_back(lane->first);
    wanted.lanes->push_back({lane->first, lane->second->endpoint().epoch});
  }
  reader_.start(std::move(wanted));
  take_read();
}

// The version of the data as a poll begins; nothing if there is no need to look: idle, and nobody
// has written. After a refusal, that it gives what it is asked.
Result<std::optional<std::int64_t>> Dispatcher::version_to_see(bool ticked) {
  if (!ticked) return data_version_;
  next_tick_ = now_.steady + tick;
  THIG_TRY_ASSIGN(version, queue_.data_version());
  const bool changed =
      version != data_version_ || !polled_ || partly_polled_ || patience_.retry_at();
  const bool busy = poked_ || outdated_ || !flights_.empty() || !ring_.empty();
  if (!changed && !busy) return std::nullopt;
  return version;
}

void Dispatcher::poll_failed(Error error) {
  poked_ = true;
  back_off(std::move(error));
  if (patience_.retry_at()) next_tick_ = *patience_.retry_at();
}

void Dispatcher::take(const Asked& asked, Sight sight) {
  next_poll_ = now_.steady + gap_in_polls * sight.took;
  if (sight.configuration) {
    take(asked, std::move(*sight.configuration));
    reconfigures_ = false;  // what has changed since is for the next poll
  } else if (sight.config_version != router_.version()) {
    reconfigures_ = true;
    poked_ = true;
    return poll_store();
  }
  outdated_ = false;
  time_ = clock_.read(now_, sight.floor);
  if (options_.sweep && !sweep_until_) sweep_until_ = time_ - (now_.steady - asked.at);
  take_heads(sight.heads, asked.ticked);
  data_version_ = asked.data_version;  // only now: what could not be read is still to be seen
  polled_ = true;
  // Rows may have come before a cursor if the clock has been set back: the next tick reads from the
  // start, as a poll after a poke has no time for.
  partly_polled_ = !asked.ticked;
  recovered();
  if (asked.ticked) drop_unused_lanes();
}

void Dispatcher::take_heads(const std::vector<LaneHead>& heads, bool ticked) {
  const std::size_t rewound = ticked ? std::min(rewound_a_tick, heads.size()) : 0;
  const auto from = static_cast<std::size_t>(
      std::ranges::upper_bound(heads, rewound_up_to_, {}, &LaneHead::endpoint) - heads.begin());
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const LaneHead& head = heads[i];
    if (!is_served(head.endpoint)) continue;
    const bool in_turn = (i + heads.size() - from) % heads.size() < rewound;
    if (Lane* lane = lane_of(head.endpoint)) {
      if (in_turn) lane->rewind();
      if (!lane->learns_of(head) && !in_turn) continue;
      lane->expect_rows();
      if (const auto until = lane->waits_until(time_)) {
        timers_.set(head.endpoint, *until);
        continue;
      }
    }
    if (head.first_due <= horizon()) {
      to_read_.hunger(head.endpoint);
    } else {
      wake_when_due(head.endpoint, head.first_due);
    }
  }
  if (rewound > 0) rewound_up_to_ = heads[(from + rewound - 1) % heads.size()].endpoint;
  // What was read ahead and is pending no more has been cancelled.
  for (const auto& [id, lane] : lanes_) {
    if (lane->has_rows() && !std::ranges::binary_search(heads, id, {}, &LaneHead::endpoint)) {
      lane->forget_read_ahead();
    }
  }
}

void Dispatcher::take(const Asked& asked, Configuration configuration) {
  router_ = std::move(configuration.router);
  enabled_ = std::move(configuration.enabled);
  for (std::size_t i = 0; i < asked.lanes.size(); ++i) {
    reconfigure(*lane_of(asked.lanes[i]), std::move(configuration.lanes[i]));
  }
}

void Dispatcher::reconfigure(Lane& lane, Configuration::Settings settings) {
  if (!settings.endpoint) return lane.retire();
  if (lane.endpoint().epoch == settings.endpoint->epoch) {
    // Our own disabling that is not saved yet is newer than what the database says.
    if (!lane.disabling()) lane.reconfigure(std::move(*settings.endpoint));
    return revisit(lane);
  }
  // What is not recorded yet was of the epoch before; enabling, or another URL, has ended the
  // streak and the pause, too.
  lane.reconfigure(std::move(*settings.endpoint));
  lane.load_health(settings.health);
  if (!options_.clock_plausible) lane.time_streak_from(now_.steady);
  if (const auto due = results_.mark_stale(lane)) wake_when_due(lane.endpoint().id, *due);
  revisit(lane);
}

// What kept it from being sent to may be over: a rate, a pause, files.
void Dispatcher::revisit(Lane& lane) {
  to_read_.thirst(lane);
  enqueue(lane);
}

// Neither disabled nor removed. Its lane, where there is one, knows first.
bool Dispatcher::is_served(EndpointId id) const {
  if (const auto found = lanes_.find(id); found != lanes_.end()) {
    const Lane& lane = *found->second;
    return !lane.retired() && lane.endpoint().state == EndpointState::enabled;
  }
  return std::ranges::binary_search(enabled_, id);
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

// ------------------------------------------------------------------------------- rows and keys

// Of some lanes at once; what they lack beyond it is asked for when these have come.
void Dispatcher::ask_lanes() {
  if (asked_ || asks_nothing()) return;
  reads_on_ = false;
  LanesWanted wanted{.lanes = next_wanted(),
                     .wall = now_.wall,
                     .due = horizon(),
                     .most_bytes = room_for_bodies(2 * options_.buffer_bytes)};
  reads_on_ = to_read_.any_thirsty() || (to_read_.any_hungry() && !must_wait_for_memory(false));
  if (wanted.lanes.empty()) return;
  asked_ = Asked{};
  for (LaneWanted& lane : wanted.lanes) {
    asked_->lanes.push_back(lane.rows.endpoint);
    lane.rows.most_bytes = room_for_bodies(options_.buffer_bytes) / wanted.lanes.size() + 1;
  }
  reader_.start(std::move(wanted));
  take_read();
}

// Those that want rows and may have them. The others are of no concern any more: who has rows is
// thirsty again when one of them starts.
std::vector<LaneWanted> Dispatcher::next_wanted() {
  std::vector<LaneWanted> wanted;
  while (wanted.size() < most_lanes_a_read && to_read_.any_thirsty()) {
    Lane& lane = to_read_.take_thirsty();
    if (!wants_read(lane)) continue;
    if (!must_wait_for_memory(lane.has_rows()) || lane.needs_keys(now_.wall)) {
      wanted.push_back(wanted_of(lane));
    } else if (!lane.has_rows()) {
      to_read_.hunger(lane.endpoint().id);
    }
  }
  while (wanted.size() < most_lanes_a_read && to_read_.any_hungry() &&
         !must_wait_for_memory(false)) {
    const EndpointId id = to_read_.take_hungry();
    if (!is_served(id)) continue;
    Lane* lane = lane_of(id);
    if (lane == nullptr) {
      wanted.push_back({.rows = {.endpoint = id, .after = {}, .limit = first_rows},
                        .keys = true,
                        .settings = true});
    } else if (!lane->being_read() && wants_read(*lane)) {
      wanted.push_back(wanted_of(*lane));
    }
  }
  return wanted;
}

LaneWanted Dispatcher::wanted_of(Lane& lane) {
  LaneWanted wanted{.rows = {.endpoint = lane.endpoint().id, .after = {}},
                    .keys = lane.needs_keys(now_.wall)};
  if (lane.wants_rows(time_)) {
    const Lane::Read read = lane.next_read(time_, most_rows_a_read);
    wanted.rows.after = read.after;
    wanted.rows.limit = read.limit;
  }
  lane.begin_read();
  return wanted;
}

// One that cannot be sent to for a while is looked at again when that is over.
bool Dispatcher::wants_read(Lane& lane) {
  enqueue(lane);
  if (const auto until = lane.waits_until(time_)) timers_.set(lane.endpoint().id, *until);
  return lane.wants_rows(time_) || (lane.has_rows() && lane.needs_keys(now_.wall));
}

// A lane that has something ready can wait; one that has nothing gets a row all the same, up to
// twice the measure, so that large bodies of others do not keep it from being sent to.
bool Dispatcher::must_wait_for_memory(bool has_rows) const {
  if (has_rows) return read_ahead_.cost() >= options_.buffer_bytes;
  return read_ahead_.cost() >= 2 * options_.buffer_bytes && !flights_.empty();
}

// Of so many bytes in all.
std::size_t Dispatcher::room_for_bodies(std::size_t most) const {
  return std::max<std::size_t>(most - std::min(read_ahead_.cost(), most), 1);
}

void Dispatcher::take(const Asked& asked, std::vector<LaneRead> lanes) {
  // Otherwise the next poll would end it, and until then there would be no pause between steps.
  recovered();
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    Lane* lane = lane_of(asked.lanes[i]);
    if (lane == nullptr) lane = make_lane(lanes[i]);
    if (lane != nullptr) take(*lane, std::move(lanes[i]));
  }
}

void Dispatcher::take(Lane& lane, LaneRead read) {
  // A new lane may turn out to be paused: then it wants no rows yet.
  if (read.page && !lane.waits_until(time_)) {
    lane.end_read(std::move(read.page->rows), read.page->all);
    if (read.page->next_due) wake_when_due(lane.endpoint().id, *read.page->next_due);
  } else {
    lane.end_read();
  }
  if (read.keys) {
    Status fit = *read.keys ? lane.take_keys(std::move(**read.keys), tls_checks_, now_.wall)
                            : std::unexpected(std::move(*read.keys).error());
    if (!fit) block(lane, fit.error());
  }
  if (wants_read(lane)) {
    to_read_.thirst(lane);
    reads_on_ = true;
  }
}

// Null if its webhook was removed meanwhile.
Lane* Dispatcher::make_lane(LaneRead& read) {
  if (!read.endpoint) return nullptr;
  const EndpointId id = read.endpoint->id;
  auto lane =
      std::make_unique<Lane>(std::move(*read.endpoint), read.health, options_.health, read_ahead_);
  if (!options_.clock_plausible) lane->time_streak_from(now_.steady);
  lane->begin_read();
  return lanes_.emplace(id, std::move(lane)).first->second.get();
}

// They are read again.
void Dispatcher::give_back(const Asked& asked) {
  for (const EndpointId id : asked.lanes) {
    if (Lane* lane = lane_of(id)) {
      lane->end_read();
      to_read_.thirst(*lane);
    } else {
      to_read_.hunger(id);
    }
  }
  reads_on_ = true;
}

}  // namespace thig

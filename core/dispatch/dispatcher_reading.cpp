// The dispatcher's reading: what the database holds, and whose rows come into memory.
#include "core/dispatch/dispatcher.h"

#include <algorithm>

namespace thig {
namespace {

// After a look, so many times as long as it took is spent on other things.
constexpr int gap_in_looks = 9;
// The most rows one read asks for, and the most lanes that are read at once.
constexpr std::size_t most_rows_a_read = 256;
constexpr std::size_t most_lanes_a_read = 128;
// How many lanes a tick reads from the start, whether anything is known to have come or not.
constexpr std::size_t rewound_a_tick = 1'000;
// From so many lanes on, those that have nothing to do are not kept.
constexpr std::size_t kept_lanes = 1'000;

}  // namespace

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
    // Idle, and nobody has written: nothing to see. After a refusal, that it gives what it is
    // asked.
    const bool changed = *version != data_version_ || !looked_ || read_on_ || patience_.retry_at();
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
    look_again(lane);
    return {};
  }
  // What is not recorded yet was of the epoch before; enabling, or another URL, has ended the
  // streak and the parking, too.
  THIG_TRY_ASSIGN(health, queue_.health(endpoint->id));
  lane.reconfigure(*endpoint);
  lane.load_health(health);
  if (!options_.clock_plausible) lane.time_streak_from(now_.steady);
  if (const auto due = results_.judge_stale(lane)) wake_when_due(endpoint->id, *due);
  look_again(lane);
  return {};
}

// What kept it from being sent to may be over: a rate, a pause, files.
void Dispatcher::look_again(Lane& lane) {
  to_read_.thirst(lane);
  consider(lane);
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
    if (!wants_rows(lane)) continue;
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
    const bool among = std::ranges::find(lanes, lane) != lanes.end();
    if (!among && wants_rows(*lane)) lanes.push_back(lane);
  }
  reads_on_ = to_read_.any_thirsty() || (to_read_.any_hungry() && !must_wait_for_memory(false));
  return lanes;
}

// One that cannot be sent to for a while is looked at again when that is over.
bool Dispatcher::wants_rows(Lane& lane) {
  consider(lane);
  if (const auto until = lane.waits_until(time_)) timers_.set(lane.endpoint().id, *until);
  return lane.wants_rows(time_);
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

}  // namespace thig

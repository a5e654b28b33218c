#include "core/dispatch/lane.h"

#include "core/base/codec.h"
#include "core/dispatch/request.h"
#include "core/documents/change_json.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

// How much the newest answer counts in the smoothed latency.
constexpr double latency_weight = 0.2;
// Rows kept ready, in windows.
constexpr std::size_t buffered_windows = 2;
// How long TLS files are not looked at again.
constexpr Millis files_believed{60'000};

}  // namespace

Lane::Lane(Endpoint endpoint, EndpointHealth health, const HealthPolicy& policy,
           ReadAhead& read_ahead)
    : pause_after_(policy.pause_after_failures), read_ahead_(read_ahead) {
  load_health(health);
  reconfigure(std::move(endpoint));
}

void Lane::reconfigure(Endpoint endpoint) {
  if (bucket_.rate() != endpoint.rate) bucket_ = TokenBucket(endpoint.rate);
  endpoint_ = std::move(endpoint);
  target_ = send_target(endpoint_);
  files_checked_ = false;
  keys_.clear();
  blocked_until_.reset();
  disable_unsaved_ = disable_saving_ = false;
  if (endpoint_.state == EndpointState::disabled) clear_buffer();
}

void Lane::reload(const HealthPolicy& policy) {
  pause_after_ = policy.pause_after_failures;
  keys_.clear();
  blocked_until_.reset();
}

Status Lane::check_files(TlsFileChecks& checks) {
  const TlsFiles files = tls_files(endpoint_);
  if (!files.any()) return {};
  // Before they are read, so that what is changed meanwhile is found the next time.
  if (target_->tls != stamp_of(files)) {
    target_ = send_target(endpoint_);
    files_checked_ = false;
  }
  if (files_checked_) return {};
  THIG_TRY(checks.check(files));
  files_checked_ = true;
  return {};
}

Status Lane::take_keys(EndpointKeys keys, TlsFileChecks& checks, Time wall) {
  THIG_TRY(check_files(checks));
  endpoint_.headers = std::move(keys.headers);
  keys_.clear();
  keys_until_.reset();
  if (tls_files(endpoint_).any()) keys_until_ = wall + files_believed;  // they may be replaced
  for (Secret& secret : keys.secrets) {
    keys_.push_back(signing_key(secret.text));
    wipe(secret.text);
    if (secret.expires_at) {
      keys_until_ = std::min(keys_until_.value_or(Time::max()), *secret.expires_at);
    }
  }
  return {};
}

bool Lane::needs_keys(Time wall) const {
  return keys_.empty() || (keys_until_ && *keys_until_ <= wall);
}

void Lane::retire() {
  retired_ = true;
  clear_buffer();
}

// Its pace, its streak and what it waits for are nowhere else.
bool Lane::forgettable() const {
  return unused() && bucket_.rate() == 0 && !blocked_until_ && !failing_from_ &&
         !health_.paused_until && !slow() && !disabling() && health_ == saved_health_;
}

void Lane::load_health(EndpointHealth health) {
  health_ = saved_health_ = health;
  failing_from_.reset();
}

void Lane::change_health(EndpointHealth health, Millis steady) {
  if (health.consecutive_failures == 0) {
    failing_from_.reset();
  } else if (health_.consecutive_failures == 0) {
    failing_from_ = steady;
  }
  health_ = health;
}

void Lane::time_streak_from(Millis steady) {
  if (health_.consecutive_failures > 0 && !failing_from_) failing_from_ = steady;
}

std::optional<Millis> Lane::failing_for(Millis steady) const {
  if (!failing_from_) return std::nullopt;
  return steady - *failing_from_;
}

void Lane::disable(DisabledBy by, std::string reason) {
  endpoint_.state = EndpointState::disabled;
  endpoint_.disabled_by = by;
  endpoint_.state_reason = std::move(reason);
  disable_unsaved_ = true;
  clear_buffer();
}

std::optional<EndpointResult> Lane::unsaved() const {
  if (health_ == saved_health_ && !disable_unsaved_) return {};
  EndpointResult settled{
      .id = endpoint_.id, .health = health_, .disable = DisabledBy::nobody, .reason = {}};
  if (disable_unsaved_) {
    settled.disable = endpoint_.disabled_by;
    settled.reason = endpoint_.state_reason;
    settled.note = disabled_by_deliveries(endpoint_.state_reason);
  }
  return settled;
}

Lane::Saving Lane::begin_saving() {
  const bool disables = std::exchange(disable_unsaved_, false);
  disable_saving_ = disable_saving_ || disables;
  return {.before = std::exchange(saved_health_, health_), .disables = disables};
}

void Lane::saved(const Saving& saving) {
  if (saving.disables) disable_saving_ = false;
}

void Lane::not_saved(const Saving& saving) {
  saved_health_ = saving.before;
  if (!saving.disables) return;
  disable_saving_ = false;
  disable_unsaved_ = true;
}

bool Lane::wants_rows(Time now) const {
  if (retired_ || drained_ || endpoint_.state == EndpointState::disabled) return false;
  if (waits_until(now)) return false;
  return buffer_.size() <= window(now) / 2;
}

std::optional<Time> Lane::waits_until(Time now) const {
  for (const auto& until : {blocked_until_, health_.paused_until}) {
    if (until && *until > now) return until;
  }
  return std::nullopt;
}

Lane::Read Lane::next_read(Time now, std::size_t most) const {
  std::size_t limit = std::min(most, buffered_windows * window(now) - buffer_.size());
  // From the start, the rows that are held come first.
  if (!cursor_) limit += held_.size();
  return {.after = cursor_, .limit = limit};
}

void Lane::add_rows(std::vector<QueuedDelivery> rows, bool all) {
  drained_ = all;
  if (!rows.empty()) cursor_ = LaneCursor{rows.back().due_at, rows.back().id.event};
  for (QueuedDelivery& row : rows) {
    const auto [held, fresh] = held_.try_emplace(row.id.event, Held{.due_at = row.due_at});
    if (!fresh) {
      held->second.moved = held->second.moved || held->second.due_at != row.due_at;
      continue;
    }
    if (buffer_.empty()) ++read_ahead_.lanes;
    read_ahead_.bytes += row.body.size();
    buffer_.push_back(std::move(row));
  }
}

bool Lane::learns_of(const LaneHead& head) {
  const bool recalled = head.recalls != recalls_;
  if (recalled) forget_read_ahead();
  recalls_ = head.recalls;
  const bool more = head.arrivals != arrivals_ || head.dead != dead_;
  arrivals_ = head.arrivals;
  dead_ = head.dead;
  return recalled || more || held_.empty();
}

bool Lane::release(EventId event) {
  if (reading_) {
    reading_->released.push_back(event);
    return false;
  }
  const auto held = held_.extract(event);
  if (!held || !held.mapped().moved) return false;
  rewind();
  expect_rows();
  return true;
}

void Lane::end_read(std::vector<QueuedDelivery> rows, bool all) {
  if (!reading_->stale) add_rows(std::move(rows), all);
  end_read();
}

void Lane::end_read() {
  const Reading ended = *std::exchange(reading_, std::nullopt);
  for (const EventId event : ended.released) release(event);
}

Lane::Credit Lane::credit(Time now, Millis steady) {
  if (retired_ || buffer_.empty() || endpoint_.state == EndpointState::disabled) return {};
  if (const auto until = waits_until(now)) {
    return {.now = false, .wait = *until - now, .rate_limited = false};
  }
  if (in_flight_ >= window(now)) return {};
  const Millis wait = bucket_.wait(steady);
  if (wait > Millis{0}) return {.now = false, .wait = wait, .rate_limited = true};
  return {.now = true, .wait = {}, .rate_limited = false};
}

Limit Lane::limit() const {
  if (in_flight_ >= static_cast<std::size_t>(endpoint_.max_in_flight)) return Limit::receiver;
  const bool has_room = in_flight_ < static_cast<std::size_t>(health_.window);
  return has_room && bucket_.rate() > 0 ? Limit::rate : Limit::window;
}

QueuedDelivery Lane::start() {
  QueuedDelivery row = std::move(buffer_.front());
  buffer_.pop_front();
  read_ahead_.bytes -= row.body.size();
  if (buffer_.empty()) --read_ahead_.lanes;
  bucket_.take();
  ++in_flight_;
  return row;
}

void Lane::came_back(Millis latency) {
  --in_flight_;
  latency_ms_ += latency_weight * (static_cast<double>(latency.count()) - latency_ms_);
}

void Lane::cut_off(EventId event) {
  --in_flight_;
  release(event);
  rewind();
  expect_rows();
}

bool Lane::grows() {
  if (++successes_ < health_.window) return false;
  successes_ = 0;
  return true;
}

void Lane::clear_buffer() {
  for (const QueuedDelivery& row : buffer_) {
    held_.erase(row.id.event);
    read_ahead_.bytes -= row.body.size();
  }
  if (!buffer_.empty()) --read_ahead_.lanes;
  buffer_.clear();
  rewind();
  expect_rows();
}

// After a pause one attempt goes alone, and only its success opens the lane again.
bool Lane::probing(Time now) const {
  return pause_after_ > 0 && health_.endpoint_failures >= pause_after_ &&
         (!health_.paused_until || *health_.paused_until <= now);
}

std::size_t Lane::window(Time now) const {
  if (probing(now)) return 1;
  return static_cast<std::size_t>(std::clamp(health_.window, 1, endpoint_.max_in_flight));
}

}  // namespace thig

#include "core/incoming/intake.h"

#include "core/base/json.h"
#include "core/store/bounds.h"

#include <utility>

namespace thig {
namespace {

constexpr std::size_t most_waiting = 4096;
constexpr std::size_t most_waiting_bytes = 64u << 20;  // of the large ones
constexpr std::size_t recorded_alone = 256u << 10;
// A batch takes in no more once it has so many, which is a matter of milliseconds.
constexpr std::size_t batch_requests = 1000;
constexpr std::size_t batch_bytes = 2u << 20;

std::string notice_of(const IncomingRequest& request) {
  JsonWriter json;
  json.begin_object().key("incomingId").text(to_text(request.hook));
  json.key("peer").text(request.peer).key("bytes").number(std::int64_t(request.body_size));
  if (request.state == RequestState::rejected) json.key("reason").text(request.detail);
  return json.end_object().take();
}

// The first of them, at least one: what is raised may be for very many webhooks.
std::span<const ArrivedRequest> a_transaction_of(std::span<const ArrivedRequest> requests) {
  std::size_t rows = 0;
  std::size_t count = 0;
  for (; count < requests.size() && rows < most_rows_at_once; ++count) {
    rows += 1 + requests[count].seen_keys.size();
    for (const NewEvent& event : requests[count].raised) rows += event.rows();
  }
  return requests.first(count);
}

}  // namespace

IncomingIntake::IncomingIntake(ConfigStore& config, IncomingRequestStore& store, const Clock& clock,
                               Turns& turns, ServiceHealth& health, std::function<void()> wake)
    : config_(config),
      store_(store),
      clock_(clock),
      turns_(turns),
      health_(health),
      wake_(std::move(wake)) {}

bool IncomingIntake::submit(ArrivedRequest request, OnReceived on_received) {
  const std::size_t size = request.request.body.size();
  const bool large = size >= recorded_alone;
  {
    const std::scoped_lock lock(mutex_);
    if (small_.size() + large_.size() >= most_waiting) return false;
    if (large && waiting_bytes_ + size > most_waiting_bytes) return false;
    if (large) waiting_bytes_ += size;
    (large ? large_ : small_).push_back({std::move(request), std::move(on_received)});
    if (small_.size() + large_.size() > 1) return true;  // it is awake, or about to be
  }
  wake_();
  return true;
}

bool IncomingIntake::has_waiting() const {
  const std::scoped_lock lock(mutex_);
  return !small_.empty() || !large_.empty();
}

bool IncomingIntake::has_small() const {
  const std::scoped_lock lock(mutex_);
  return !small_.empty();
}

// Small and large ones by turns, each in the order they came.
std::vector<IncomingIntake::Waiting> IncomingIntake::take_batch() {
  const std::scoped_lock lock(mutex_);
  was_small_ = large_.empty() || (!small_.empty() && !was_small_);
  std::deque<Waiting>& from = was_small_ ? small_ : large_;
  std::vector<Waiting> batch;
  std::size_t bytes = 0;
  while (!from.empty() && batch.size() < batch_requests) {
    const std::size_t size = from.front().request.request.body.size();
    if (!batch.empty() && bytes + size > batch_bytes) break;
    bytes += size;
    batch.push_back(std::move(from.front()));
    from.pop_front();
  }
  if (!was_small_) waiting_bytes_ -= bytes;
  return batch;
}

bool IncomingIntake::record() {
  if (!has_waiting()) return false;
  std::optional<Turns::Turn> turn(std::in_place, turns_);
  was_small_ = false;
  bool in_one = record_batch(turn);
  if (in_one && was_small_) in_one = record_batch(turn);
  if (in_one && !was_small_ && has_small()) record_batch(turn);
  return true;
}

// Whether one transaction was enough.
bool IncomingIntake::record_batch(std::optional<Turns::Turn>& turn) {
  std::vector<Waiting> batch = take_batch();
  if (batch.empty()) return true;
  std::vector<ArrivedRequest> requests;
  requests.reserve(batch.size());
  for (Waiting& one : batch) requests.push_back(std::move(one.request));
  const Status raised = raise_events(requests);
  bool in_one = true;
  for (std::size_t first = 0; first < batch.size();) {
    if (first > 0) turn.emplace(turns_);
    const auto some = a_transaction_of(std::span(requests).subspan(first));
    const auto received =
        raised ? store_.receive(some, clock_.now().wall) : std::unexpected(raised.error());
    health_.note(received ? Status() : std::unexpected(received.error()));
    for (std::size_t i = 0; i < some.size(); ++i) {
      auto& answer = batch[first + i].on_received;
      received ? answer((*received)[i]) : answer(std::unexpected(received.error()));
    }
    first += some.size();
    if (first < batch.size()) turn.reset();
    in_one = first == some.size();
  }
  return in_one;
}

// Only for whoever asked for them: nobody else wants an event for every request.
Status IncomingIntake::raise_events(std::vector<ArrivedRequest>& requests) {
  THIG_TRY_ASSIGN(version, config_.config_version());
  if (version != router_.version()) {
    THIG_TRY_ASSIGN(router, Router::load(config_));
    router_ = std::move(router);
  }
  for (ArrivedRequest& one : requests) {
    const bool rejected = one.request.state == RequestState::rejected;
    THIG_TRY_ASSIGN(event, router_.route(rejected ? "incoming.rejected" : "incoming.received", ""));
    if (event.queue.empty() && event.missed.empty()) continue;
    event.data = notice_of(one.request);
    one.raised.push_back(std::move(event));
  }
  return {};
}

}  // namespace thig

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
std::span<ArrivedRequest> a_transaction_of(std::span<ArrivedRequest> requests) {
  std::size_t rows = 0;
  std::size_t count = 0;
  for (; count < requests.size() && rows < most_rows_at_once; ++count) {
    const ArrivedRequest& one = requests[count];
    rows += 1 + one.seen_keys.size();
    for (const NewEvent& event : one.raised) rows += event.rows();
    if (!one.outcome) continue;
    for (const NewEvent& event : one.outcome->effects.events) rows += event.rows();
  }
  return requests.first(count);
}

}  // namespace

IncomingIntake::IncomingIntake(Store& store, const Clock& clock, Random& random, Turns& turns,
                               ServiceHealth& health, ActionObserver& observer,
                               IntakeNeighbours neighbours)
    : store_(store),
      clock_(clock),
      turns_(turns),
      health_(health),
      observer_(observer),
      neighbours_(std::move(neighbours)),
      actions_(store, clock, random) {}

bool IncomingIntake::submit(ArrivedRequest request, OnReceived on_received) {
  const std::size_t size = request.request.body.size();
  const bool large = size >= recorded_alone;
  {
    const std::scoped_lock lock(mutex_);
    if (small_.requests.size() + large_.requests.size() >= most_waiting) return false;
    if (large && waiting_bytes_ + size > most_waiting_bytes) return false;
    (large ? large_ : small_).requests.push_back({std::move(request), std::move(on_received)});
    if (large) waiting_bytes_ += size;
    if (std::exchange(announced_, true)) return true;
  }
  neighbours_.on_arrival();
  return true;
}

void IncomingIntake::hand_over() {
  {
    const std::scoped_lock lock(mutex_);
    for (Line* line : {&small_, &large_}) line->ready = line->requests.size();
    announced_ = false;
  }
  neighbours_.wake();
}

std::size_t IncomingIntake::arriving() const {
  const std::scoped_lock lock(mutex_);
  return small_.requests.size() - small_.ready + large_.requests.size() - large_.ready;
}

bool IncomingIntake::has_waiting() const {
  const std::scoped_lock lock(mutex_);
  return small_.ready + large_.ready > 0;
}

bool IncomingIntake::has_small() const {
  const std::scoped_lock lock(mutex_);
  return small_.ready > 0;
}

// Small and large ones by turns, each in the order they came.
std::vector<IncomingIntake::Waiting> IncomingIntake::take_batch() {
  const std::scoped_lock lock(mutex_);
  was_small_ = large_.ready == 0 || (small_.ready > 0 && !was_small_);
  Line& from = was_small_ ? small_ : large_;
  std::vector<Waiting> batch;
  std::size_t bytes = 0;
  for (; from.ready > 0 && batch.size() < batch_requests; --from.ready) {
    Waiting& next = from.requests.front();
    const std::size_t size = next.request.request.body.size();
    if (!batch.empty() && bytes + size > batch_bytes) break;
    bytes += size;
    batch.push_back(std::move(next));
    from.requests.pop_front();
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
  const Status prepared = prepare(requests);
  bool in_one = true;
  for (std::size_t first = 0; first < batch.size();) {
    if (first > 0) turn.emplace(turns_);
    const auto some = a_transaction_of(std::span(requests).subspan(first));
    const auto received =
        prepared ? store_.requests().receive(some, clock_.now().wall, actions_.version())
                 : std::unexpected(prepared.error());
    health_.note(received ? Status() : std::unexpected(received.error()));
    answer(std::span(batch).subspan(first, some.size()), received);
    if (received) tell(some, *received);
    first += some.size();
    if (first < batch.size()) turn.reset();
    in_one = first == some.size();
  }
  return in_one;
}

void IncomingIntake::answer(std::span<Waiting> asking,
                            const Result<std::vector<Received>>& received) {
  std::vector<OnReceived> answers;
  answers.reserve(asking.size());
  for (Waiting& one : asking) answers.push_back(std::move(one.on_received));
  neighbours_.answer([answers = std::move(answers), received] {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      received ? answers[i]((*received)[i]) : answers[i](std::unexpected(received.error()));
    }
  });
}

Status IncomingIntake::prepare(std::span<ArrivedRequest> requests) {
  THIG_TRY(actions_.refresh());
  for (ArrivedRequest& one : requests) THIG_TRY(raise_event(one));
  if (neighbours_.owns_actions()) actions_.prepare_arrived(requests);
  return {};
}

// Only for whoever asked for it: nobody else wants an event for every request.
Status IncomingIntake::raise_event(ArrivedRequest& one) {
  const bool rejected = one.request.state == RequestState::rejected;
  THIG_TRY_ASSIGN(event, actions_.route(rejected ? "incoming.rejected" : "incoming.received", ""));
  if (event.queue.empty() && event.missed.empty()) return {};
  event.data = notice_of(one.request);
  one.raised.push_back(std::move(event));
  return {};
}

// After they were answered.
void IncomingIntake::tell(std::span<ArrivedRequest> requests,
                          const std::vector<Received>& received) {
  bool some_pending = false;
  for (std::size_t i = 0; i < received.size(); ++i) {
    ArrivedRequest& one = requests[i];
    some_pending = some_pending || received[i].pending;
    if (!received[i].ended) continue;
    one.request.id = received[i].id;
    const auto hook = actions_.find(one.request.hook);  // it was needed just now
    if (hook && *hook != nullptr) observer_.ended(**hook, one.request, *one.outcome);
  }
  if (some_pending) neighbours_.on_pending();
}

}  // namespace thig

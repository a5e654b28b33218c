#include "core/incoming/intake.h"

#include "core/base/json.h"

#include <algorithm>

namespace thig {
namespace {

constexpr std::size_t most_waiting = 4096;
constexpr std::size_t most_waiting_bytes = 64u << 20;
constexpr std::size_t most_in_a_batch = 512;

std::string notice_of(const IncomingRequest& request) {
  JsonWriter json;
  json.begin_object().key("incomingId").text(to_text(request.hook));
  json.key("peer").text(request.peer).key("bytes").number(std::int64_t(request.body_size));
  if (request.state == RequestState::rejected) json.key("reason").text(request.detail);
  return json.end_object().take();
}

}  // namespace

IncomingIntake::IncomingIntake(std::unique_ptr<Store> store, const Clock& clock,
                               std::function<void()> on_recorded)
    : store_(std::move(store)),
      clock_(clock),
      on_recorded_(std::move(on_recorded)),
      thread_([this] { run(); }) {}

IncomingIntake::~IncomingIntake() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool IncomingIntake::submit(ArrivedRequest request, OnReceived on_received) {
  const std::size_t size = request.request.body.size();
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= most_waiting || waiting_bytes_ + size > most_waiting_bytes) return false;
    waiting_bytes_ += size;
    waiting_.push_back({std::move(request), std::move(on_received)});
    if (waiting_.size() > 1) return true;  // it is awake, or about to be
  }
  changed_.notify_one();
  return true;
}

void IncomingIntake::run() {
  for (;;) {
    std::vector<Waiting> batch = next_batch();
    if (batch.empty()) return;
    record(batch);
  }
}

// Empty once it is to end and nothing is left.
std::vector<IncomingIntake::Waiting> IncomingIntake::next_batch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), most_in_a_batch));
  std::vector<Waiting> batch(std::move_iterator(waiting_.begin()),
                             std::move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  for (const Waiting& one : batch) waiting_bytes_ -= one.request.request.body.size();
  return batch;
}

void IncomingIntake::record(std::vector<Waiting>& batch) {
  std::vector<ArrivedRequest> requests;
  requests.reserve(batch.size());
  for (Waiting& one : batch) requests.push_back(std::move(one.request));
  const Time now = clock_.now().wall;
  auto raised = raise_events(requests);
  Result<std::vector<Received>> received = std::unexpected(Error{});
  received = raised ? store_->receive(requests, now) : std::unexpected(std::move(raised).error());
  bool work = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (received && i < received->size()) {
      work =
          work || (requests[i].request.state == RequestState::pending && !(*received)[i].duplicate);
      batch[i].on_received((*received)[i]);
    } else {
      batch[i].on_received(std::unexpected(received ? Error{} : received.error()));
    }
  }
  if (work) on_recorded_();
}

// Only for whoever asked for them: nobody else wants an event for every request.
Status IncomingIntake::raise_events(std::vector<ArrivedRequest>& requests) {
  THIG_TRY_ASSIGN(version, store_->config_version());
  if (version != router_.version()) {
    THIG_TRY_ASSIGN(router, Router::load(*store_));
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

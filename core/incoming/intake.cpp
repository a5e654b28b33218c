#include "core/incoming/intake.h"

#include "core/base/json.h"

#include <utility>

namespace thig {
namespace {

constexpr std::size_t most_waiting = 4096;
constexpr std::size_t most_waiting_bytes = 64u << 20;

std::string notice_of(const IncomingRequest& request) {
  JsonWriter json;
  json.begin_object().key("incomingId").text(to_text(request.hook));
  json.key("peer").text(request.peer).key("bytes").number(std::int64_t(request.body_size));
  if (request.state == RequestState::rejected) json.key("reason").text(request.detail);
  return json.end_object().take();
}

}  // namespace

IncomingIntake::IncomingIntake(Store& store, const Clock& clock, std::function<void()> wake)
    : store_(store), clock_(clock), wake_(std::move(wake)) {}

bool IncomingIntake::submit(ArrivedRequest request, OnReceived on_received) {
  const std::size_t size = request.request.body.size();
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= most_waiting || waiting_bytes_ + size > most_waiting_bytes) return false;
    waiting_bytes_ += size;
    waiting_.push_back({std::move(request), std::move(on_received)});
    if (waiting_.size() > 1) return true;  // it is awake, or about to be
  }
  wake_();
  return true;
}

bool IncomingIntake::has_waiting() const {
  const std::scoped_lock lock(mutex_);
  return !waiting_.empty();
}

std::vector<IncomingIntake::Waiting> IncomingIntake::take_batch() {
  const std::scoped_lock lock(mutex_);
  waiting_bytes_ = 0;
  return std::exchange(waiting_, {});
}

void IncomingIntake::record() {
  std::vector<Waiting> batch = take_batch();
  if (batch.empty()) return;
  std::vector<ArrivedRequest> requests;
  requests.reserve(batch.size());
  for (Waiting& one : batch) requests.push_back(std::move(one.request));
  auto raised = raise_events(requests);
  Result<std::vector<Received>> received = std::unexpected(Error{});
  received = raised ? store_.receive(requests, clock_.now().wall)
                    : std::unexpected(std::move(raised).error());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (received) {
      batch[i].on_received((*received)[i]);
    } else {
      batch[i].on_received(std::unexpected(received.error()));
    }
  }
}

// Only for whoever asked for them: nobody else wants an event for every request.
Status IncomingIntake::raise_events(std::vector<ArrivedRequest>& requests) {
  THIG_TRY_ASSIGN(version, store_.config_version());
  if (version != router_.version()) {
    THIG_TRY_ASSIGN(router, Router::load(store_));
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

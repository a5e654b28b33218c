#include "core/care/checkup.h"
#include "core/dispatch/request.h"

#include <algorithm>

namespace thig {
namespace {

constexpr std::size_t most_waiting = 1'000;
constexpr Millis look_at_stop{100};

// The one of these, which are in the order of their webhooks, that is of this webhook; or null.
template <class One>
const One* by_id(const std::vector<One>& all, EndpointId id, EndpointId One::*of) {
  const auto found = std::ranges::lower_bound(all, id, {}, of);
  return found != all.end() && (*found).*of == id ? &*found : nullptr;
}

}  // namespace

Result<WorkFacts> gather_work(Store& store) {
  WorkFacts work;
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  THIG_TRY_ASSIGN(stats, store.statistics().stats({}));
  THIG_TRY_ASSIGN(lanes, store.queue().lanes());
  std::vector<EndpointId> ids;
  ids.reserve(endpoints.size());
  for (const Endpoint& endpoint : endpoints) ids.push_back(endpoint.id);
  THIG_TRY_ASSIGN(healths, store.queue().healths(ids));
  TlsFileChecks files;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    Endpoint& endpoint = endpoints[i];
    WebhookFacts& facts = work.webhooks.emplace_back();
    facts.health = healths[i];
    if (const auto* one = by_id(stats, endpoint.id, &EndpointStats::id)) facts.stats = *one;
    if (const auto* lane = by_id(lanes, endpoint.id, &LaneHead::endpoint)) {
      facts.first_due = lane->first_due;
    }
    if (auto fit = files.check(tls_files(endpoint)); !fit) {
      facts.tls_files = std::move(fit).error();
    }
    facts.endpoint = std::move(endpoint);
  }
  RequestFilter filter;
  filter.state = RequestState::pending;
  filter.limit = most_waiting;
  THIG_TRY_ASSIGN(waiting, store.requests().list(filter));
  work.waiting_requests = static_cast<std::int64_t>(waiting.size());
  if (!waiting.empty()) work.newest_waiting = waiting.front().received_at;
  return work;
}

std::vector<HandshakeFacts> shake_hands(const std::vector<Endpoint>& endpoints, Sender& sender,
                                        Waker& waker, const std::atomic<bool>& stop) {
  std::vector<HandshakeFacts> all;
  for (const Endpoint& endpoint : endpoints) {
    SendRequest request{.ticket = all.size(),
                        .target = send_target(endpoint),
                        .headers = {},
                        .body = nullptr,
                        .observe = true,
                        .handshake_only = true};
    all.push_back({.endpoint = endpoint, .finished = {}});
    sender.start(std::move(request));
  }
  std::vector<Finished> finished;
  for (bool interrupted = false; finished.size() < all.size();) {
    sender.take(finished);
    if (stop && !interrupted) {
      sender.interrupt();
      interrupted = true;
    }
    if (finished.size() < all.size()) waker.wait(look_at_stop);
  }
  for (Finished& one : finished) all[one.ticket].finished = std::move(one);
  return all;
}

}  // namespace thig

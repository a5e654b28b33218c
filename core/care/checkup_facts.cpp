#include "core/care/checkup.h"
#include "core/dispatch/request.h"

#include <utility>

namespace thig {
namespace {

constexpr std::size_t most_waiting = 1'000;
constexpr Millis look_at_stop{100};

}  // namespace

Result<WorkFacts> gather_work(Store& store) {
  WorkFacts work;
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  THIG_TRY_ASSIGN(stats, store.statistics().stats({}));
  const FiguresById figures(stats);
  TlsFileChecks files;
  work.webhooks.reserve(endpoints.size());
  for (Endpoint& endpoint : endpoints) {
    WebhookFacts& facts = work.webhooks.emplace_back();
    if (EndpointStats* found = figures.find(endpoint.id)) facts.stats = std::move(*found);
    // Of all others it says nothing.
    if (facts.stats.failing_since) {
      THIG_TRY_ASSIGN(health, store.queue().health(endpoint.id));
      facts.health = health;
    }
    if (auto fit = files.check(tls_files(endpoint)); !fit) {
      facts.tls_files = std::move(fit).error();
    }
    facts.endpoint = std::move(endpoint);
  }
  THIG_TRY_ASSIGN(keys, store.api_keys().all());
  work.api_keys = std::move(keys);
  THIG_TRY_ASSIGN(members, store.config().members());
  work.members = std::move(members);
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

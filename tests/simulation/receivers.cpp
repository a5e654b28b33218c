// What deliveries are answered, and what must hold of each that is sent.
#include "tests/simulation/life.h"

using namespace std::chrono_literals;

namespace thig {
namespace {

Responded status(int code) {
  return {.status = code, .retry_after = {}, .location = {}, .body = {}};
}

}  // namespace

FakeSender::Reply Life::reply(const Dispatching& process, const SendRequest& request) {
  const auto id = parse_delivery_id(header_of(request.headers, "webhook-id"));
  REQUIRE(id);
  check_attempt(process, request, *id);
  ++attempts_[*id];
  // What goes to where it was before is of an epoch before.
  const auto endpoint = endpoints_.find(id->endpoint);
  if (endpoint != endpoints_.end() && endpoint->second.url == request.target->url) {
    ++begun_[id->endpoint];
  }
  if (pick(100) >= bad_percent_) return {status(200), Millis{1 + pick(300)}};
  return bad_reply(request);
}

FakeSender::Reply Life::bad_reply(const SendRequest& request) {
  switch (pick(7)) {
    case 0:
      return {TransportFailed{.kind = FailureKind::connect, .detail = "refused"}, 1ms};
    case 1:
      return {TransportFailed{.kind = FailureKind::timeout, .detail = "10s"}, 10s};
    case 2:
      return {status(404), 20ms};
    case 3: {
      Responded busy = status(429);
      busy.retry_after = std::to_string(pick(600));
      return {busy, 5ms};
    }
    case 4:
      return {Refused{.detail = "private address"}, 0ms};
    case 5:
      if (!one_in(10)) return {status(400), 5ms};
      gone_.insert({request.target->endpoint, request.target->url});
      return {status(410), Millis{pick(2000)}};
    default:
      return {status(500), Millis{pick(3000)}};
  }
}

// Each attempt is of a delivery that waits for one, not before its time, with the bytes that were
// recorded; nobody else is making it; nothing of it was deleted.
void Life::check_attempt(const Dispatching& process, const SendRequest& request, DeliveryId id) {
  CHECK(process.owns());
  for (const auto& other : dispatching_) {
    CHECK_FALSE(other->sender().is_under_way(to_text(id)));
  }
  // What members have just done may not be known yet.
  const bool heard = process.has_heard();
  const bool withdrawn =
      deleted_.contains(id.event) || removed_.contains(id.endpoint) || cancelled_.contains(id);
  CHECK_FALSE((heard && withdrawn));
  if (withdrawn) return;
  const auto timeline = members().history().timeline(id);
  REQUIRE(timeline);
  CHECK(timeline->delivery.state == DeliveryState::pending);
  // A sweep takes what was due when it began.
  const Time latest = process.sweeps() ? process.owns_since() : machine_.clock.now().wall;
  if (!jumped_) CHECK(*timeline->delivery.due_at <= latest);
  CHECK(*request.body == timeline->body);
  if (heard) CHECK(request.target->url == endpoints_.at(id.endpoint).url);
}

}  // namespace thig

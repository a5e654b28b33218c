#include "tests/support/fake_sender.h"

#include <algorithm>

namespace thig {

void FakeSender::start(SendRequest request) {
  Reply reply{.outcome = Responded{.status = 200, .retry_after = {}, .location = {}, .body = {}}};
  if (behaviour) reply = behaviour(request);
  const EndpointId endpoint = request.target->endpoint;
  const Instant now = clock_.now();
  const std::string id = header_of(request.headers, "webhook-id");
  doubled += is_under_way(id) ? 1 : 0;
  sent.push_back({.endpoint = endpoint,
                  .webhook_id = id,
                  .body = *request.body,
                  .headers = request.headers,
                  .at = now});
  under_way_.emplace(
      now.steady + reply.latency,
      UnderWay{.ticket = request.ticket, .endpoint = endpoint, .webhook_id = id, .reply = reply});
  most_in_flight[endpoint] = std::max(most_in_flight[endpoint], ++in_flight_of_[endpoint]);
  most_in_flight_of_all = std::max(most_in_flight_of_all, under_way_.size());
}

void FakeSender::take(std::vector<Finished>& out) {
  const Millis now = clock_.now().steady;
  while (!under_way_.empty() && under_way_.begin()->first <= now) {
    UnderWay done = std::move(under_way_.begin()->second);
    under_way_.erase(under_way_.begin());
    --in_flight_of_[done.endpoint];
    out.push_back({.ticket = done.ticket,
                   .outcome = std::move(done.reply.outcome),
                   .timing = {.total = done.reply.latency},
                   .address = "127.0.0.1"});
  }
}

void FakeSender::interrupt() {
  const Millis now = clock_.now().steady;
  std::multimap<Millis, UnderWay> ended;
  for (auto& [at, request] : under_way_) {
    request.reply.outcome = Interrupted{};
    ended.emplace(now, std::move(request));
  }
  under_way_ = std::move(ended);
}

bool FakeSender::is_under_way(const std::string& webhook_id) const {
  return std::ranges::any_of(under_way_,
                             [&](const auto& one) { return one.second.webhook_id == webhook_id; });
}

std::optional<Millis> FakeSender::next_back() const {
  if (under_way_.empty()) return {};
  return under_way_.begin()->first;
}

void FakeSender::forget() {
  under_way_.clear();
  in_flight_of_.clear();
}

std::string header_of(const std::vector<Header>& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string() : found->value;
}

}  // namespace thig

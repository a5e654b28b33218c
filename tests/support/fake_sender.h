// A sender without a network: what each request comes back with, and when, is the test's choice.
#pragma once

#include "core/base/clock.h"
#include "core/net/sender.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace thig {

class FakeSender final : public Sender {
 public:
  struct Reply {
    Outcome outcome;
    Millis latency{5};
  };
  struct Sent {
    EndpointId endpoint;
    std::string webhook_id;
    std::string body;
    std::vector<Header> headers;
    Instant at;
  };

  explicit FakeSender(const Clock& clock) : clock_(clock) {}

  // Answers every request; 200 after 5 ms if not set.
  std::function<Reply(const SendRequest&)> behaviour;
  // All that was ever started, in order.
  std::vector<Sent> sent;
  // The most that were in flight at once, by endpoint and in all.
  std::map<EndpointId, std::size_t> most_in_flight;
  std::size_t most_in_flight_of_all = 0;
  // How many it can send together.
  std::size_t most = 1'000'000;
  // How often a delivery was started that was under way already.
  int doubled = 0;

  void start(SendRequest request) override;
  void take(std::vector<Finished>& out) override;
  void interrupt() override;
  std::size_t most_at_once() const override { return most; }

  std::size_t in_flight() const { return under_way_.size(); }
  bool is_under_way(const std::string& webhook_id) const;
  // When the next one comes back; nothing if none is under way.
  std::optional<Millis> next_back() const;
  // A crash: what is under way is forgotten.
  void forget();

 private:
  struct UnderWay {
    std::uint64_t ticket = 0;
    EndpointId endpoint;
    std::string webhook_id;
    Reply reply;
  };
  const Clock& clock_;
  std::multimap<Millis, UnderWay> under_way_;  // by when they come back
  std::map<EndpointId, std::size_t> in_flight_of_;
};

// The value of a header; empty if it is not there.
std::string header_of(const std::vector<Header>& headers, std::string_view name);

}  // namespace thig

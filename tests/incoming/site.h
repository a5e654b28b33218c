// A receiver over a real database, with nothing of a network: requests go in as the server would
// hand them in, and are recorded when the test says so.
#pragma once

#include "core/incoming/receiver.h"
#include "tests/incoming/requests.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thig {

// What the server passes on from the admission to the handler.
inline void hand_over(HttpRequest& request, const Admission& admission) {
  request.subject = admission.subject;
}

class Site {
 public:
  explicit Site(ReceiverOptions options = {}, std::uint64_t free_space_floor = 0) {
    place.options.free_space_floor = free_space_floor;
    store = place.open();
    options.public_url = public_url;
    intake = std::make_unique<IncomingIntake>(*store, clock, place.random, turns, health, ended,
                                              neighbours());
    hooks = std::make_unique<CurrentHooks>(store->config(), store->incoming(), clock,
                                           [](const Error& error) { FAIL(error.text); });
    receiver = std::make_unique<Receiver>(std::move(options), clock, *hooks, *intake, health);
  }

  SqlitePlace place;
  FakeClock clock;
  Turns turns;
  int broken = 0;  // how often the service was told to end
  ServiceHealth health{clock, [this] { ++broken; }};
  int woken = 0;
  int arrivals = 0;
  bool hands_over = true;  // at once
  bool owns_actions = false;
  std::function<void()> on_ask = [] {};  // whether it does
  int left_pending = 0;                  // how often something was
  struct Ended final : ActionObserver {
    std::vector<RequestId> ids;
    void ended(const IncomingHook&, const IncomingRequest& request, const ActionOutcome&) override {
      ids.push_back(request.id);
    }
    void stuck(const Error& error) override { FAIL(error.text); }
  } ended;
  std::unique_ptr<Store> store;
  std::unique_ptr<IncomingIntake> intake;
  std::unique_ptr<CurrentHooks> hooks;
  std::unique_ptr<Receiver> receiver;

  Time now() const { return clock.now().wall; }

  IntakeNeighbours neighbours() {
    return {.on_arrival =
                [this] {
                  ++arrivals;
                  if (hands_over) intake->hand_over();
                },
            .wake = [this] { ++woken; },
            .answer = [](const std::function<void()>& answers) { answers(); },
            .owns_actions =
                [this] {
                  on_ask();
                  return owns_actions;
                },
            .on_pending = [this] { ++left_pending; }};
  }

  // A webhook with this token, served from now on; with the scheme's key if it has a scheme.
  IncomingHookId add(const IncomingHook& hook, const std::string& token = sample_token) {
    std::optional<Secret> secret;
    if (!hook.scheme.empty()) secret = sample_secret(key_for(hook.scheme));
    ok(store->incoming().add(hook, sample_secret(token), secret, now(), {}));
    return hook.id;
  }
  IncomingHookId add() { return add(sample_incoming("inbox", 7)); }

  // What the request is answered at once; nothing if it waits for its recording.
  std::shared_ptr<std::optional<HttpResponse>> begin(HttpRequest request) {
    auto answer = std::make_shared<std::optional<HttpResponse>>();
    Admission admission = receiver->admit(request);
    if (admission.refusal) {
      *answer = std::move(admission.refusal);
      return answer;
    }
    hand_over(request, admission);
    receiver->handle(request, [answer](HttpResponse response) {
      CHECK_FALSE(answer->has_value());
      *answer = std::move(response);
    });
    return answer;
  }
  // The answer, the request recorded if it comes to that.
  HttpResponse send(HttpRequest request) {
    const auto answer = begin(std::move(request));
    intake->record();
    REQUIRE(answer->has_value());
    return std::move(**answer);
  }

  std::vector<IncomingRequest> recorded() { return get(store->requests().list({})); }
};

inline HttpRequest from(std::string peer, HttpRequest request = post("{}")) {
  request.peer = std::move(peer);
  return request;
}
inline HttpRequest with_method(std::string method, HttpRequest request = post("{}")) {
  request.method = std::move(method);
  return request;
}
inline HttpRequest to_target(std::string target, HttpRequest request = post("{}")) {
  request.target = std::move(target);
  return request;
}
inline HttpRequest of_type(std::string content_type, HttpRequest request = post("{}")) {
  std::erase_if(request.headers, [](const Header& h) { return h.name == "content-type"; });
  if (!content_type.empty()) request.headers.push_back({"content-type", std::move(content_type)});
  return request;
}

}  // namespace thig

// One signed sample, and how it is made.
#include "core/probe/prober.h"

#include "core/rules/verification.h"
#include "tests/support/remark_text.h"
#include "tests/support/world.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// Wakes by moving the clock to when the next answer comes.
class ClockWaker final : public Waker {
 public:
  explicit ClockWaker(World& world) : world_(world) {}
  void wait(Millis longest, int) override {
    ++waits;
    world_.clock.advance(longest);
    if (on_wait) on_wait();
  }
  void wake() noexcept override {}
  int waits = 0;
  std::function<void()> on_wait;

 private:
  World& world_;
};

}  // namespace

TEST_CASE("a probe is the request that a delivery would be") {
  World world;
  const Endpoint crm = world.add("crm");
  const Time now = world.clock.now().wall;
  const auto secrets = *world.store().config().secrets(crm.id, now);
  const SigningKey key = signing_key(secrets.front().text);
  const auto event =
      world.store().test_deliveries().begin_test(crm.id, "webhook.test", R"({"a":1})", now);
  REQUIRE(event);
  const Probe probe = make_probe(crm, {&key, 1}, *event, now);
  CHECK(probe.target->url == crm.url);
  CHECK(header_of(probe.headers, "webhook-id") == to_text(probe.id));
  const auto standard = schemes_named("standard");
  CHECK(verify(standard, {&key, 1}, {.headers = probe.headers, .body = probe.event.body, .url = {}},
               {.now = now})
            .valid());
  REQUIRE(probe.signed_texts.size() == 2);
  const std::string timestamp = header_of(probe.headers, "webhook-timestamp");
  CHECK(probe.signed_texts[0].signature == "v1");
  CHECK(probe.signed_texts[0].text == to_text(probe.id) + "." + timestamp + "." + event->body);
  CHECK(probe.signed_texts[1].signature == "t1");
  CHECK(probe.signed_texts[1].text == timestamp + "." + event->body);

  ClockWaker waker(world);
  std::atomic<bool> stop{false};
  const Finished finished = send_probe(probe, world.sender, waker, stop);
  CHECK(is_success(finished.outcome));
  REQUIRE(world.sender.sent.size() == 1);
  CHECK(world.sender.sent[0].body == event->body);
  // The dispatcher knows nothing of it.
  world.run_for(std::chrono::hours(2));
  CHECK(world.sender.sent.size() == 1);
}

TEST_CASE("a probe that is stopped ends as interrupted") {
  World world;
  const Endpoint crm = world.add("crm");
  const SigningKey key = signing_key("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  world.sender.behaviour = [](const SendRequest&) {
    return FakeSender::Reply{.outcome = Responded{}, .latency = std::chrono::hours(9)};
  };
  const Time now = world.clock.now().wall;
  const Probe probe =
      make_probe(crm, {&key, 1}, unrecorded_event("webhook.test", "{}", now, world.random()), now);
  ClockWaker waker(world);
  std::atomic<bool> stop{false};
  waker.on_wait = [&] {
    if (waker.waits == 3) stop = true;
  };
  const Finished finished = send_probe(probe, world.sender, waker, stop);
  CHECK(std::holds_alternative<Interrupted>(finished.outcome));
}

TEST_CASE("what a test tells: what is given, a sample, or a greeting") {
  World world;
  const Endpoint crm = world.add("crm");
  CHECK(test_data(&world.store().config(), crm, "project.created", std::nullopt)
            ->contains("projectId"));
  CHECK(*test_data(&world.store().config(), crm, "project.created", R"({"mine":1})") ==
        R"({"mine":1})");
  const auto greeting = test_data(&world.store().config(), crm, test_event_type, std::nullopt);
  CHECK(greeting->contains(to_text(crm.id)));
  CHECK(greeting->contains("\"crm\""));
  // A URL that is no webhook's has no name.
  CHECK(*test_data(nullptr, Endpoint{}, test_event_type, std::nullopt) ==
        R"({"message":"This is a test. No action is needed."})");

  const auto unknown = test_data(nullptr, crm, "project.craeted", std::nullopt);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == ErrorCode::not_found);
  CHECK(remark_text(unknown.error().hint).contains("project.created"));
  CHECK(test_data(&world.store().config(), crm, "project.created", "{").error().code ==
        ErrorCode::invalid);
}

// Testing an endpoint: what is sent, what is recorded, and what may be told of it.
#include "core/api/test_flow.h"

#include "core/api/test_view.h"
#include "core/base/json.h"
#include "tests/support/plain_wording.h"
#include "tests/support/world.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

// Moves the clock to when the next answer comes.
class AdvancingWaker final : public Waker {
 public:
  explicit AdvancingWaker(World& world) : world_(world) {}
  void wait(Millis longest, int) override { world_.clock.advance(longest); }
  void wake() noexcept override {}

 private:
  World& world_;
};

struct Bench {
  World world;
  AdvancingWaker waker{world};
  std::atomic<bool> stop{false};

  Time now() const { return world.clock.now().wall; }
  Result<PreparedTest> of_url(UrlToTest asked) {
    return prepare_url_test(std::move(asked), {}, now(), world.random());
  }
  std::size_t recorded() {
    DeliveryFilter filter;
    filter.states = {DeliveryState::test};
    filter.limit = 10;
    return world.store().history().search(filter).value().deliveries.size();
  }
};

}  // namespace

TEST_CASE("a URL is tested with any secret, or a random one") {
  Bench bench;
  const auto fresh = bench.of_url({.url = "https://Example.com"});
  REQUIRE(fresh);
  CHECK(fresh->endpoint.url == "https://example.com/");
  CHECK(fresh->endpoint.name.empty());
  CHECK(fresh->probe.event.type == "webhook.test");
  CHECK(fresh->probe.signed_texts.size() == 2);
  CHECK_FALSE(fresh->recorded);
  // One that is no Standard Webhooks secret signs as it can, unless that was chosen otherwise.
  const auto own = bench.of_url({.url = "https://example.com/", .secret = "a plain secret"});
  REQUIRE(own);
  CHECK(own->endpoint.signature == SignatureMode::thig);
  const auto chosen = bench.of_url(
      {.url = "https://example.com/", .secret = "a plain secret", .signature_chosen = true});
  REQUIRE_FALSE(chosen);
  CHECK(chosen.error().code == ErrorCode::invalid);
}

TEST_CASE("what no webhook can have is not tested") {
  Bench bench;
  CHECK(bench.of_url({.url = "http://example.com/"}).error().code == ErrorCode::invalid);
  UrlToTest asked{.url = "https://example.com/"};
  asked.settings.headers = {{"webhook-id", "mine"}};
  CHECK(bench.of_url(asked).error().code == ErrorCode::invalid);
  const TestSample unknown{.type = "no.such"};
  const auto test =
      prepare_url_test({.url = "https://example.com/"}, unknown, bench.now(), bench.world.random());
  CHECK(test.error().code == ErrorCode::not_found);
}

TEST_CASE("a webhook's test is recorded with its outcome, a preview is not") {
  Bench bench;
  World& world = bench.world;
  world.add("crm");
  world.sender.behaviour = [](const SendRequest&) { return answer(503); };
  const auto preview =
      preview_webhook_test(world.store(), world.actor, "crm", {}, bench.now(), world.random());
  REQUIRE(preview);
  CHECK(bench.recorded() == 0);
  auto test = begin_webhook_test(world.store(), world.actor, "crm", {}, bench.now());
  REQUIRE(test);
  const DeliveryId id = test->probe.id;
  const auto report = send_test(std::move(*test), &world.store(), world.sender, bench.waker,
                                world.clock, bench.stop);
  REQUIRE(report);
  CHECK_FALSE(report->ok());
  CHECK(report->test.recorded);
  CHECK(bench.recorded() == 1);
  const Timeline timeline = world.store().history().timeline(id).value();
  REQUIRE(timeline.attempts.size() == 1);
  CHECK(timeline.attempts[0].status == 503);
}

TEST_CASE("a test that is stopped has no report") {
  Bench bench;
  World& world = bench.world;
  world.sender.behaviour = [](const SendRequest&) { return answer(200, std::chrono::hours(9)); };
  auto test = bench.of_url({.url = "https://example.com/"});
  REQUIRE(test);
  bench.stop = true;
  const auto report =
      send_test(std::move(*test), nullptr, world.sender, bench.waker, world.clock, bench.stop);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ErrorCode::interrupted);
}

TEST_CASE("the values of an endpoint's own headers are not told") {
  Bench bench;
  UrlToTest asked{.url = "https://example.com/"};
  asked.settings.headers = {{"authorization", "Bearer 123"}};
  const auto test = bench.of_url(asked);
  REQUIRE(test);
  const std::string document = test_request_document(*test);
  CHECK(document.find("Bearer 123") == document.npos);
  const auto headers = *json_find(*json_find(document, "request"), "headers");
  const std::string_view last = json_elements(headers).back();
  CHECK(json_text(*json_find(last, "name")) == "authorization");
  CHECK(json_text(*json_find(last, "value")) == "(hidden)");
  CHECK(*json_find(document, "dryRun") == "true");
}

TEST_CASE("a report has what was seen on the way, whether there was an answer or not") {
  Bench bench;
  auto test = bench.of_url({.url = "https://example.com/"});
  REQUIRE(test);
  Observation seen;
  seen.addresses = {{"203.0.113.7", true}, {"10.0.0.1", false}};
  seen.answer_headers = {{"server", "nginx"}};
  TestReport report{.test = std::move(*test),
                    .finished = {.ticket = 0,
                                 .outcome = answer(200).outcome,
                                 .timing = {},
                                 .address = "203.0.113.7",
                                 .reached = Phase::answer,
                                 .observation = std::make_shared<const Observation>(seen)},
                    .at = bench.now()};
  report.finished.timing.total = std::chrono::microseconds(1500);
  const std::string good = test_document(report, PlainWording());
  CHECK(*json_find(good, "ok") == "true");
  CHECK(*json_find(good, "webhook") == "null");
  CHECK(*json_find(good, "totalMs") == "1.5");
  CHECK(*json_find(good, "failure") == "null");
  CHECK(*json_find(good, "addresses") == R"([{"address":"203.0.113.7","allowed":true,"used":true},)"
                                         R"({"address":"10.0.0.1","allowed":false,"used":false}])");
  CHECK(*json_find(*json_find(good, "answer"), "headers") ==
        R"([{"name":"server","value":"nginx"}])");
  report.finished.outcome = answer(500).outcome;
  CHECK(*json_find(*json_find(test_document(report, PlainWording()), "failure"), "fault") ==
        "\"server_error\"");
}

}  // namespace thig

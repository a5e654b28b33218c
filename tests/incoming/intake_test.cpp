// How requests that wait to be recorded share transactions.
#include "tests/incoming/site.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// Webhooks that are told of every request that comes.
void add_listeners(Store& store, std::int64_t count) {
  ok(store.config().in_transaction([&]() -> Status {
    for (std::int64_t id = 1; id <= count; ++id) {
      Endpoint endpoint = sample_endpoint("w" + std::to_string(id), id);
      endpoint.events = {"incoming.*"};
      THIG_TRY(store.config().add_endpoint(endpoint, sample_secret(), noon, {}));
    }
    return {};
  }));
}

}  // namespace

TEST_CASE("requests of which very many webhooks are told are recorded a few at a time") {
  Site site;
  site.add();
  add_listeners(*site.store, 2'600);
  const auto others = site.place.open();
  std::vector<std::size_t> recorded;  // at each answer
  for (int i = 0; i < 5; ++i) {
    HttpRequest request = post("{\"n\":" + std::to_string(i) + "}");
    REQUIRE_FALSE(site.receiver->admit(request).refusal);
    hand_over(request, site.receiver->admit(request));
    site.receiver->handle(request, [&](const HttpResponse& answer) {
      CHECK(answer.status == 200);
      recorded.push_back(get(others->requests().list({})).size());
    });
  }
  CHECK(site.intake->record());
  CHECK(recorded == std::vector<std::size_t>{2, 2, 4, 4, 5});
  CHECK_FALSE(site.intake->record());
  CHECK(get(others->statistics().stats({})).size() == 2'600);
  CHECK(get(others->statistics().stats({})).front().pending == 5);
}

TEST_CASE(
    "a small request that comes while a large one is recorded does not wait for a turn more") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.max_body = 1u << 20;
  site.add(hook);
  std::vector<std::string> answered;
  const auto submit = [&](const std::string& name, std::size_t size, const auto& then) {
    ArrivedRequest arrived = sample_request(hook.id, {}, std::string(size, 'x'));
    REQUIRE(site.intake->submit(std::move(arrived), [&answered, name, then](const auto& received) {
      ok(received ? Status() : std::unexpected(received.error()));
      answered.push_back(name);
      then();
    }));
  };
  const auto nothing = [] {};
  submit("large", 3u << 20, [&] { submit("meanwhile", 1, nothing); });
  submit("another large", 3u << 20, nothing);
  submit("small", 1, nothing);
  CHECK(site.intake->record());
  CHECK(answered == std::vector<std::string>{"small", "large", "meanwhile"});
  // Whoever waits for the next turn comes now, then the other one.
  CHECK(site.intake->record());
  CHECK(answered.back() == "another large");
}

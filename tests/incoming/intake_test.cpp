// How requests that wait to be recorded share transactions.
#include "tests/incoming/site.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// Webhooks that are told of every request that comes.
void add_listeners(Store& store, std::int64_t count) {
  ok(store.together([&]() -> Status {
    for (std::int64_t id = 1; id <= count; ++id) {
      Endpoint endpoint = sample_endpoint("w" + std::to_string(id), id);
      endpoint.events = {"incoming.*"};
      THIG_TRY(store.add_endpoint(endpoint, sample_secret(), noon, {}));
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
      recorded.push_back(get(others->requests({})).size());
    });
  }
  CHECK(site.intake->record());
  CHECK(recorded == std::vector<std::size_t>{2, 2, 4, 4, 5});
  CHECK_FALSE(site.intake->record());
  CHECK(get(others->stats({})).size() == 2'600);
  CHECK(get(others->stats({})).front().pending == 5);
}

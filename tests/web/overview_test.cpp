// Which webhooks the list shows, in which order, and what it counts.
#include "core/web/pages/frame/overview.h"

#include "tests/store/sqlite_place.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace thig;
using namespace thig::pages;

namespace {

// Of every kind, added so that neither ids nor names stand in the order of the list.
struct Listed {
  SqlitePlace place;
  std::unique_ptr<Store> store = place.open();

  Listed() {
    std::int64_t id = 90;
    for (const char* name : {"works-b", "fails", "rests", "lost", "off", "works-a", "gone"}) {
      add_sample(*store, name, id -= 10);
    }
    disable("lost", DisabledBy::failures);
    disable("gone", DisabledBy::gone);
    disable("off", DisabledBy::member);
    settle("fails", {.consecutive_failures = 3, .failing_since = noon, .paused_until = {}});
    settle("rests",
           {.consecutive_failures = 6, .failing_since = noon, .paused_until = noon + hour});
  }

  EndpointId id_of(const std::string& name) const {
    return get(store->config().find_endpoint(name)).id;
  }
  void disable(const std::string& name, DisabledBy by) {
    ok(store->config().set_endpoint_state(id_of(name), EndpointState::disabled, by, "x", noon, {}));
  }
  void settle(const std::string& name, const EndpointHealth& health) {
    SettleBatch batch;
    batch.endpoints.push_back({.id = id_of(name), .health = health, .reason = {}});
    ok(store->queue().settle(batch, noon));
  }
  Overview show(const OverviewQuery& query = {}, Time now = noon + minute) {
    return get(read_overview(*store, query, now));
  }
};

std::string names(const Overview& overview) {
  std::string all;
  for (const ListedWebhook& one : overview.rows) {
    all += fmt::format("{}:{} ", one.view.endpoint.name, to_text(one.status));
  }
  return all;
}

}  // namespace

TEST_CASE("those that need a look come first, then by name") {
  Listed listed;
  const Overview all = listed.show();
  CHECK(names(all) ==
        "gone:disabled lost:disabled fails:failing rests:paused off:disabled works-a:enabled "
        "works-b:enabled ");
  CHECK(all.totals.webhooks == 7);
  CHECK(all.totals.disabled_by_failures == 2);
  CHECK(all.foremost == listed.id_of("gone"));
  CHECK(all.matching == 7);
  CHECK(all.total == 7);
  CHECK(all.by_status == std::array<std::int64_t, 4>{2, 1, 1, 3});
  REQUIRE(all.rows.size() == 7);
  REQUIRE(all.rows[2].view.health.has_value());
  CHECK(all.rows[2].view.health->consecutive_failures == 3);
  CHECK(all.rows[0].view.endpoint.events == std::vector<std::string>{"project.*"});
  // Once its pause is over, it fails.
  CHECK(names(listed.show({.status = WebhookStatus::failing}, noon + 2 * hour)) ==
        "fails:failing rests:failing ");
}

TEST_CASE("a list that is searched counts what it finds") {
  Listed listed;
  const Overview found = listed.show(
      {.search = WebhookSearch("WORKS", "project.created"), .status = WebhookStatus::enabled});
  CHECK(names(found) == "works-a:enabled works-b:enabled ");
  CHECK(found.matching == 2);
  CHECK(found.totals.webhooks == 7);
  CHECK(found.foremost == listed.id_of("gone"));
  const Overview by_url = listed.show({.search = WebhookSearch("example.com/O", "")});
  CHECK(names(by_url) == "off:disabled ");
  const Overview none = listed.show({.search = WebhookSearch("", "team.joined")});
  CHECK(names(none).empty());
  CHECK(none.matching == 0);
  const Overview elsewhere =
      listed.show({.search = WebhookSearch("works", ""), .status = WebhookStatus::paused});
  CHECK(elsewhere.total == 0);
  CHECK(elsewhere.matching == 2);
}

TEST_CASE("pages of the list follow each other, each webhook on one of them") {
  Listed listed;
  OverviewQuery query{.limit = 3};
  std::string all;
  for (std::size_t first = 0; first < 7; first += 3) {
    const Overview page = listed.show(query);
    CHECK(page.first == first);
    CHECK(page.total == 7);
    all += names(page);
    query.after = to_text(page.rows.back().view.endpoint.id);
  }
  CHECK(all == names(listed.show()));
  CHECK(listed.show(query).rows.empty());
  for (const std::string after : {"wh_00000000", "no id", "' OR 1"}) {
    CHECK(listed.show({.after = after, .limit = 1}).first == 0);
  }
}

TEST_CASE("a list of nothing") {
  SqlitePlace place;
  const auto store = place.open();
  const Overview none = get(read_overview(*store, {}, noon));
  CHECK(none.rows.empty());
  CHECK_FALSE(none.foremost.has_value());
  CHECK(none.totals == WebhookTotals{});
}

// What a change of a webhook depends on is looked at in the transaction that makes it: nobody can
// change it in between.
#include "core/setup/incoming_webhooks.h"
#include "core/setup/webhooks.h"
#include "core/store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

#include <functional>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

namespace thig {
namespace {

// Whenever somebody asks for the time, another process tries to write.
class Intruder final : public Clock {
 public:
  explicit Intruder(const SqliteOptions& options) {
    SqliteOptions hasty = options;
    hasty.busy_timeout = Millis{0};
    auto opened = open_sqlite_store(hasty, random_);
    REQUIRE(opened);
    store_ = std::move(*opened);
  }
  Instant now() const override {
    const auto written = store_->config().put_setting("intruder", "was here");
    ++tries;
    if (written || written.error().code != ErrorCode::busy) ++intrusions;
    return clock_.now();
  }
  ClockWitness witness() const override { return clock_.witness(); }

  mutable int tries = 0;
  mutable int intrusions = 0;

 private:
  SeededRandom random_{2};
  FakeClock clock_;
  std::unique_ptr<Store> store_;
};

template <class T>
T must(Result<T> result) {
  REQUIRE(result);
  return std::move(*result);
}

}  // namespace

TEST_CASE("nobody changes a webhook between the look at it and the change") {
  TempDir dir;
  SeededRandom random{1};
  const SqliteOptions options{.file = dir.path("hooks.db"),
                              .key_file = dir.path("key"),
                              .create = true,
                              .owner_name = "ada",
                              .free_space_floor = 0};
  const auto store = must(open_sqlite_store(options, random));
  const Member owner{.name = "ada", .role = Role::owner};
  FakeClock calm;
  WebhookDraft draft;
  draft.settings.name = "crm";
  draft.settings.url = "https://example.com/crm";
  draft.settings.events = {"project.*"};
  must(Webhooks(store->config(), calm, random, owner).add(draft));
  IncomingDraft incoming;
  incoming.settings.name = "box";
  incoming.settings.action.kind = ActionKind::emit;
  incoming.settings.action.event_type = "project.created";
  must(IncomingWebhooks(store->config(), store->incoming(), calm, random, owner).add(incoming));

  const Intruder intruder(options);
  Webhooks outgoing(store->config(), intruder, random, owner);
  IncomingWebhooks boxes(store->config(), store->incoming(), intruder, random, owner);
  const struct {
    const char* name;
    std::function<bool()> change;
  } changes[] = {
      {"disable", [&] { return outgoing.disable("crm", "").has_value(); }},
      {"enable", [&] { return outgoing.enable("crm").has_value(); }},
      {"rotate", [&] { return outgoing.rotate("crm", {}).has_value(); }},
      {"remove", [&] { return outgoing.remove("crm").has_value(); }},
      {"disable incoming", [&] { return boxes.set_enabled("box", false).has_value(); }},
      {"rotate incoming", [&] { return boxes.rotate("box", {}).has_value(); }},
      {"remove incoming", [&] { return boxes.remove("box").has_value(); }},
  };
  for (const auto& one : changes) {
    CAPTURE(std::string(one.name));
    intruder.tries = intruder.intrusions = 0;
    CHECK(one.change());
    CHECK(intruder.tries > 0);
    CHECK(intruder.intrusions == 0);
  }
}

}  // namespace thig

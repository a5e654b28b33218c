// The webhooks as they are at the moment that they are asked for.
#include "core/incoming/current_hooks.h"

#include "tests/incoming/requests.h"
#include "tests/store/sqlite_place.h"
#include "tests/support/fake_clock.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

struct Served {
  SqlitePlace place;
  FakeClock clock;
  std::unique_ptr<Store> members = place.open();
  std::unique_ptr<Store> store = place.open();
  std::vector<ErrorCode> told;
  CurrentHooks hooks{store->config(), store->incoming(), clock,
                     [this](const Error& error) { told.push_back(error.code); }};

  Time now() const { return clock.now().wall; }
  // Its name; empty if the token opens none.
  std::string find(std::string_view token) {
    const auto hook = get(hooks.find(token));
    return hook ? hook->hook.name : std::string();
  }
};

}  // namespace

TEST_CASE("what a member changes counts from the next request on") {
  Served served;
  CHECK(served.find("token-in").empty());
  const IncomingHookId id = add_sample_incoming(*served.members, "in", 1);
  CHECK(served.find("token-in") == "in");
  const auto before = get(served.hooks.find("token-in"));
  CHECK(served.hooks.is_current(*before));
  CHECK(get(served.hooks.find("token-in")) == before);  // it is read once

  IncomingHook hook = get(served.members->incoming().find("in"));
  hook.name = "renamed";
  ok(served.members->incoming().update(hook, std::nullopt, served.now(), {}));
  CHECK_FALSE(served.hooks.is_current(*before));
  CHECK(before->hook.name == "in");  // who has it keeps it
  CHECK(served.find("token-in") == "renamed");

  hook.enabled = false;
  ok(served.members->incoming().update(hook, std::nullopt, served.now(), {}));
  CHECK(served.find("token-in").empty());
  hook.enabled = true;
  ok(served.members->incoming().update(hook, std::nullopt, served.now(), {}));
  CHECK(served.find("token-in") == "renamed");

  ok(served.members->incoming().rotate_token(id, sample_secret("fresh"), std::nullopt, served.now(),
                                             {}));
  CHECK(served.find("token-in").empty());
  CHECK(served.find("fresh") == "renamed");
  ok(served.members->incoming().remove(id, served.now(), {}));
  CHECK(served.find("fresh").empty());
  CHECK(served.find("").empty());
  CHECK(served.told.empty());
}

TEST_CASE("tokens and secrets of before end when their overlap does") {
  Served served;
  IncomingHook hook = sample_incoming("in", 1);
  hook.scheme = "github";
  ok(served.members->incoming().add(hook, sample_secret("token"), sample_secret("one"),
                                    served.now(), {}));
  const Time end = served.now() + hour;
  ok(served.members->incoming().rotate_secret({1}, sample_secret("two"), end - minute, served.now(),
                                              {}));
  ok(served.members->incoming().rotate_token({1}, sample_secret("fresh"), end, served.now(), {}));
  const auto both = get(served.hooks.find("token"));
  REQUIRE(both);
  CHECK(both->keys.size() == 2);
  served.clock.advance(hour - minute);
  CHECK_FALSE(served.hooks.is_current(*both));
  const auto one = get(served.hooks.find("token"));
  REQUIRE(one);
  CHECK(one->keys.size() == 1);
  served.clock.advance(minute - Millis{1});
  CHECK(served.hooks.is_current(*one));
  served.clock.advance(Millis{1});
  CHECK_FALSE(served.hooks.is_current(*one));
  CHECK(served.find("token").empty());
  CHECK(served.find("fresh") == "in");
}

TEST_CASE("a webhook whose secrets cannot be opened is no unknown one, and others are served") {
  Served served;
  IncomingHook hook = sample_incoming("signed", 1);
  hook.scheme = "github";
  ok(served.members->incoming().add(hook, sample_secret("token"), sample_secret("one"),
                                    served.now(), {}));
  add_sample_incoming(*served.members, "in", 2);
  std::filesystem::remove(served.place.options.key_file);
  for (int i = 0; i < 3; ++i) CHECK(code_of(served.hooks.find("token")) == ErrorCode::key);
  CHECK(served.told == std::vector{ErrorCode::key});  // once, not for each request
  CHECK(served.find("token-in") == "in");
  CHECK(served.find("unknown").empty());
  served.clock.advance(second);
  CHECK(code_of(served.hooks.find("token")) == ErrorCode::key);
  CHECK(served.told.size() == 2);
}

TEST_CASE("while the configuration cannot be read, what is known stays in force") {
  Served served;
  add_sample_incoming(*served.members, "in", 1);
  add_sample_incoming(*served.members, "other", 2);
  CHECK(served.find("token-in") == "in");
  std::filesystem::remove(served.place.options.file);
  for (int i = 0; i < 3; ++i) {
    CHECK(served.find("token-in") == "in");
    CHECK(code_of(served.hooks.find("token-other")) == ErrorCode::database);
  }
  CHECK(served.told == std::vector{ErrorCode::database});
  served.clock.advance(second);
  CHECK(served.find("token-in") == "in");
  CHECK(served.told.size() == 2);
}

// Incoming webhooks as they are set up; own event types and settings.
#include "core/base/hmac.h"
#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

namespace thig {

namespace {

IncomingHook detailed_hook() {
  IncomingHook hook;
  hook.id = {(std::int64_t{1} << 40) - 1};
  hook.name = "deploy";
  hook.description = "Deploys, \"quoted\" \\ and ümlaut";
  hook.action = {
      .kind = ActionKind::run,
      .event_type = "order.paid",
      .fields = {{.field = "name",
                  .value = {.source = ValueSource::pointer, .text = "/a~1b/0"},
                  .fallback = std::nullopt},
                 {.field = "status",
                  .value = {.source = ValueSource::header, .text = "x-status"},
                  .fallback = ""},
                 {.field = "text",
                  .value = {.source = ValueSource::literal, .text = "a=\"b\""},
                  .fallback = "none"}},
      .conditions = {{.value = {.source = ValueSource::query, .text = "kind"},
                      .is_regex = true,
                      .expected = "^(a|b)$"},
                     {.value = {.source = ValueSource::pointer, .text = "/user/type"},
                      .is_regex = false,
                      .expected = "Bot",
                      .negated = true},
                     {.value = {.source = ValueSource::pointer, .text = ""},
                      .is_regex = false,
                      .expected = ""}},
      .command = {"/usr/bin/deploy", "--now", ""},
      .directory = "/srv",
      .timeout = Millis{1'500},
      .max_parallel = 3,
  };
  hook.scheme = "github";
  hook.verify_token = "hub";
  hook.allowed_addresses = {"192.0.2.0/24", "2001:db8::/32"};
  hook.content_types = {"application/json", "text/plain"};
  hook.max_body = 25u << 20;
  hook.rate = 2.5;
  hook.enabled = false;
  return hook;
}

// With its verify token, which readers do not get.
IncomingHook opened(Store& store, IncomingHook hook) {
  CHECK(hook.verify_token.empty());
  CHECK(hook.verify_token_sealed);
  ok(store.incoming().open_verify_token(hook));
  return hook;
}

void keeps_every_setting_of_a_hook(const OpenStore& open) {
  IncomingHook given = detailed_hook();
  ok(open()->incoming().add(given, sample_secret("token"), sample_secret("secret"), noon, {}));
  given.created_at = noon;
  given.updated_at = noon;
  const auto store = open();
  CHECK(opened(*store, get(store->incoming().find("deploy"))) == given);
  CHECK(opened(*store, get(store->incoming().find(to_text(given.id)))) == given);
  REQUIRE(get(store->incoming().hooks()).size() == 1);
  CHECK(opened(*store, get(store->incoming().hooks())[0]) == given);
}

void changes_every_setting_of_a_hook(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  IncomingHook changed = detailed_hook();
  add_sample_incoming(*store, "before", changed.id.value);
  const auto version = get(store->config().config_version());
  ok(store->incoming().update(changed, std::nullopt, noon + minute, {}));
  CHECK(get(store->config().config_version()) > version);

  changed.created_at = noon;
  changed.updated_at = noon + minute;
  CHECK(opened(*store, get(store->incoming().find("deploy"))) == changed);
  // What was not read stays as it is when the rest changes.
  ok(store->incoming().update(get(store->incoming().find("deploy")), std::nullopt, noon + minute,
                              {}));
  CHECK(opened(*store, get(store->incoming().find("deploy"))) == changed);
  CHECK(code_of(store->incoming().find("before")) == ErrorCode::not_found);
  CHECK(get(store->incoming().find("other")).id == other);
  CHECK(get(store->incoming().tokens(changed.id, noon)).at(0).text == "token-before");
  for (const char* secret : {"first", "second"}) {
    ok(store->incoming().update(changed, sample_secret(secret), noon + minute, {}));
    const auto live = get(open()->incoming().secrets(changed.id, noon + minute));
    REQUIRE(live.size() == 1);
    CHECK(live[0].text == secret);
  }

  changed.name = "other";
  CHECK(code_of(store->incoming().update(changed, std::nullopt, noon, {})) == ErrorCode::conflict);
  CHECK(get(store->incoming().find("other")).id == other);
  changed.id = {9};
  changed.name = "new";
  CHECK(code_of(store->incoming().update(changed, std::nullopt, noon, {})) == ErrorCode::not_found);
}

void lists_and_finds(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->incoming().hooks()).empty());
  add_sample_incoming(*store, "b", 1);
  add_sample_incoming(*store, "c", 2);
  add_sample_incoming(*store, "a", 3);
  std::string names;
  for (const IncomingHook& hook : get(store->incoming().hooks())) names += hook.name;
  CHECK(names == "abc");
  const Error missing = error_of(store->incoming().find("crn"));
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.text.find("crn") != std::string::npos);
  CHECK(code_of(store->incoming().find(to_text(IncomingHookId{78}))) == ErrorCode::not_found);
}

void one_name_for_all_webhooks(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "out", 1);
  add_sample_incoming(*store, "in", 1);
  const auto version = get(store->config().config_version());
  const NewEvent raised = sample_event({{1}});
  const std::span<const NewEvent> one(&raised, 1);

  const auto add = [&](const char* name, std::int64_t id) {
    return store->incoming().add(sample_incoming(name, id), sample_secret("t"), std::nullopt, noon,
                                 one);
  };
  const Error error = error_of(add("out", 2));
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.text.find("out") != std::string::npos);
  CHECK(code_of(add("in", 2)) == ErrorCode::conflict);
  CHECK(code_of(add("another", 1)) == ErrorCode::conflict);
  CHECK(code_of(store->config().add_endpoint(sample_endpoint("in", 2), sample_secret(), noon,
                                             one)) == ErrorCode::conflict);
  CHECK(code_of(store->incoming().update(sample_incoming("out", 1), std::nullopt, noon, one)) ==
        ErrorCode::conflict);
  CHECK(get(store->incoming().hooks()).size() == 1);
  CHECK(get(store->config().endpoints()).size() == 1);
  CHECK(get(store->config().config_version()) == version);
  CHECK(all_due(*store, {1}).empty());
  // Its own name is no other's.
  ok(store->incoming().update(sample_incoming("in", 1), std::nullopt, noon, {}));

  ok(store->incoming().remove({1}, noon, {}));
  ok(store->config().add_endpoint(sample_endpoint("in", 2), sample_secret(), noon, {}));
  ok(store->config().remove_endpoint({1}, noon, {}));
  add_sample_incoming(*store, "out", 3);
}

void records_what_changes_of_hooks_raise(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const NewEvent raised = sample_event({listener});
  const std::span<const NewEvent> one(&raised, 1);
  auto version = get(store->config().config_version());
  std::size_t changes = 0;
  const auto changed = [&](const Status& status) {
    ok(status);
    const auto now = get(store->config().config_version());
    CHECK(std::exchange(version, now) < now);
    CHECK(all_due(*store, listener).size() == ++changes);
  };
  changed(
      store->incoming().add(sample_incoming("in", 2), sample_secret("t"), std::nullopt, noon, one));
  changed(store->incoming().update(sample_incoming("in2", 2), std::nullopt, noon, one));
  changed(store->incoming().rotate_secret({2}, sample_secret("s2"), std::nullopt, noon, one));
  changed(store->incoming().rotate_token({2}, sample_secret("t2"), std::nullopt, noon, one));
  changed(store->incoming().remove({2}, noon, one));
}

void changes_of_a_missing_hook_are_refused(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "out", 5);
  const auto version = get(store->config().config_version());
  const Secret fresh = sample_secret("x");
  CHECK(code_of(store->incoming().remove({5}, noon, {})) == ErrorCode::not_found);
  CHECK(code_of(store->incoming().secrets({5}, noon)) == ErrorCode::not_found);
  CHECK(code_of(store->incoming().tokens({5}, noon)) == ErrorCode::not_found);
  CHECK(code_of(store->incoming().rotate_secret({5}, fresh, std::nullopt, noon, {})) ==
        ErrorCode::not_found);
  CHECK(code_of(store->incoming().rotate_token({5}, fresh, noon, noon, {})) ==
        ErrorCode::not_found);
  CHECK_FALSE(get(store->incoming().find_by_id({5})).has_value());
  CHECK(get(store->config().config_version()) == version);
}

void check_texts(const std::vector<Secret>& secrets, const std::vector<std::string>& expected) {
  std::vector<std::string> texts;
  for (const Secret& secret : secrets) texts.push_back(secret.text);
  CHECK(texts == expected);
}

void rotates_secrets(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  check_texts(get(store->incoming().secrets(id, noon)), {});  // without a scheme there is none
  ok(store->incoming().rotate_secret(id, sample_secret("one"), noon + hour, noon, {}));
  ok(store->incoming().rotate_secret(id, sample_secret("two"), noon + hour, noon + minute, {}));
  CHECK(get(store->incoming().find("in")).updated_at == noon + minute);

  const auto both = get(open()->incoming().secrets(id, noon + minute));
  check_texts(both, {"two", "one"});
  CHECK(both[0].created_at == noon + minute);
  CHECK_FALSE(both[0].expires_at.has_value());
  CHECK(both[1].expires_at == noon + hour);
  check_texts(get(store->incoming().secrets(id, noon + hour)), {"two"});

  ok(store->incoming().rotate_secret(id, sample_secret("three"), std::nullopt, noon, {}));
  check_texts(get(store->incoming().secrets(id, noon)), {"three"});
  check_texts(get(store->incoming().tokens(id, noon)), {"token-in"});
}

void rotates_tokens(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  ok(store->incoming().rotate_token(id, sample_secret("two"), noon + hour, noon, {}));
  check_texts(get(open()->incoming().tokens(id, noon)), {"two", "token-in"});
  check_texts(get(store->incoming().tokens(id, noon + hour)), {"two"});
  ok(store->incoming().rotate_token(id, sample_secret("three"), std::nullopt, noon, {}));
  check_texts(get(store->incoming().tokens(id, noon)), {"three"});
  check_texts(get(store->incoming().tokens(other, noon)), {"token-other"});
  check_texts(get(store->incoming().secrets(id, noon)), {});
}

void keeps_tokens_apart(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  const auto rotate = [&](IncomingHookId of, const char* token, Time now) {
    return store->incoming().rotate_token(of, sample_secret(token), now + hour, now, {});
  };
  CHECK(code_of(rotate(other, "token-in", noon)) == ErrorCode::conflict);
  // One in overlap comes back, and still belongs to nobody else.
  ok(rotate(id, "two", noon));
  CHECK(code_of(rotate(other, "token-in", noon)) == ErrorCode::conflict);
  ok(rotate(id, "token-in", noon + minute));
  check_texts(get(store->incoming().tokens(id, noon + minute)), {"token-in", "two"});
  // One that has ended is free.
  ok(rotate(other, "two", noon + hour + minute));
  check_texts(get(store->incoming().tokens(other, noon + hour + minute)), {"two", "token-other"});
  check_texts(get(store->incoming().tokens(id, noon + hour + minute)), {"token-in"});
}

std::string openings(Store& store, Time now) {
  std::string all;
  for (const char* token : {"token-in", "fresh", "token-off"}) {
    const auto open = get(store.incoming().find_by_token(hash(Digest::sha256, token), now));
    if (!open) continue;
    CHECK(open->hook == get(store.incoming().find_by_id(open->hook.id)));
    all += std::string(token) + ">" + std::to_string(open->hook.id.value);
    all += open->expires_at ? "* " : " ";
  }
  return all;
}

void tells_what_tokens_open(const OpenStore& open) {
  const auto store = open();
  CHECK(openings(*store, noon).empty());
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId off = add_sample_incoming(*store, "off", 2);
  CHECK(openings(*store, noon) == "token-in>1 token-off>2 ");
  ok(store->incoming().rotate_token(id, sample_secret("fresh"), noon + hour, noon, {}));
  CHECK(openings(*open(), noon) == "token-in>1* fresh>1 token-off>2 ");
  CHECK(openings(*store, noon + hour) == "fresh>1 token-off>2 ");
  ok(store->incoming().remove(off, noon, {}));
  CHECK(openings(*store, noon + hour) == "fresh>1 ");
}

void removes_everything(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId gone = add_sample_incoming(*store, "gone", 1);
  const IncomingHookId stays = add_sample_incoming(*store, "stays", 2);
  const RequestId pending = receive_one(*store, sample_request(gone, {"a"})).id;
  const RequestId ended = receive_one(*store, sample_request(gone, {"b"})).id;
  const RequestId kept = receive_one(*store, sample_request(stays, {"a"})).id;
  const Project project{.id = {5},
                        .name = "made",
                        .status = "open",
                        .description = "",
                        .source = "gone",
                        .created_at = noon};
  finish_one(*store, ended, RequestState::done,
             {.project = project, .note = std::nullopt, .events = {}});
  ok(store->incoming().remove(gone, noon, {}));

  CHECK(code_of(store->incoming().find("gone")) == ErrorCode::not_found);
  CHECK(code_of(store->incoming().tokens(gone, noon)) == ErrorCode::not_found);
  for (const RequestId id : {pending, ended}) {
    CHECK(code_of(store->requests().one(id)) == ErrorCode::not_found);
    CHECK(code_of(store->requests().requeue(id)) == ErrorCode::not_found);
    CHECK(finish_one(*store, id).empty());
  }
  const auto left = get(store->requests().list({}));
  REQUIRE(left.size() == 1);
  CHECK(left[0].id == kept);
  CHECK(get(store->requests().pending(std::nullopt, 10)).size() == 1);
  CHECK(get(store->requests().stats()).size() == 1);
  CHECK(get(store->requests().find_project("made")).source == "gone");

  // Its name is free again, and nothing of the old one comes back with it.
  add_sample_incoming(*store, "gone", 3);
  CHECK(incoming_stats_of(*store, {3}).received == 0);
}

void puts_own_event_types(const OpenStore& open) {
  const auto store = open();
  const auto version = get(store->config().config_version());
  ok(store->config().put_event_type(
      {"order.paid", "Order", "An order is paid", R"({"id":1})", false}, noon));
  ok(store->config().put_event_type({"order.sent", "Order", "", "{}", false}, noon));
  CHECK(get(store->config().config_version()) == version + 2);
  ok(store->config().put_event_type({"order.paid", "Shop", "Paid", "[]", false}, noon));
  CHECK(get(store->config().config_version()) == version + 3);

  const auto types = get(open()->config().own_event_types());
  REQUIRE(types.size() == 2);
  CHECK(types[0].name == "order.paid");
  CHECK(types[0].category == "Shop");
  CHECK(types[0].description == "Paid");
  CHECK(types[0].sample == "[]");
  CHECK_FALSE(types[0].builtin);

  ok(store->config().remove_event_type("order.paid", noon));
  CHECK(get(store->config().config_version()) == version + 4);
  CHECK(get(store->config().own_event_types()).size() == 1);
  const Error missing = error_of(store->config().remove_event_type("order.paid", noon));
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.text.find("order.paid") != std::string::npos);
  CHECK(get(store->config().config_version()) == version + 4);
}

void keeps_settings(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->config().setting("public-url")).empty());
  ok(store->config().put_setting("public-url", "https://hooks.example.com"));
  ok(store->config().put_setting("other", ""));
  CHECK(get(open()->config().setting("public-url")) == "https://hooks.example.com");
  ok(store->config().put_setting("public-url", "https://ü.example.com"));
  CHECK(get(open()->config().setting("public-url")) == "https://ü.example.com");
  CHECK(get(store->config().setting("other")).empty());
}

constexpr StoreRule rules_of_incoming[] = {
    {"keeps every setting of an incoming webhook", keeps_every_setting_of_a_hook},
    {"changes every setting of an incoming webhook", changes_every_setting_of_a_hook},
    {"lists incoming webhooks by name and finds them", lists_and_finds},
    {"has one name for all webhooks, outgoing and incoming", one_name_for_all_webhooks},
    {"records what changes of incoming webhooks raise", records_what_changes_of_hooks_raise},
    {"refuses changes of a missing incoming webhook", changes_of_a_missing_hook_are_refused},
    {"rotates the secrets of an incoming webhook", rotates_secrets},
    {"rotates the tokens of an incoming webhook", rotates_tokens},
    {"has each token open one incoming webhook", keeps_tokens_apart},
    {"tells what the tokens open", tells_what_tokens_open},
    {"removes everything of an incoming webhook", removes_everything},
    {"puts and removes own event types", puts_own_event_types},
    {"keeps settings", keeps_settings},
};

}  // namespace

std::span<const StoreRule> incoming_rules() {
  return rules_of_incoming;
}

}  // namespace thig

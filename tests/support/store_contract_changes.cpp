#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

#include <utility>

namespace thig {

namespace {

void changes_every_setting(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 7);
  ok(store->config().set_endpoint_state(id, EndpointState::disabled, DisabledBy::member, "x", noon,
                                        {}));
  Endpoint changed = get(store->config().find_endpoint("crm"));
  changed.name = "customers";
  changed.description = "new";
  changed.events = {"*"};
  changed.headers = {{"x-team", "a"}};
  changed.signature = SignatureMode::thig;
  changed.signature_header = "x-hex";
  changed.retry = {};
  changed.timeout = Millis{2'000};
  changed.max_in_flight = 3;
  changed.rate = 0.5;
  changed.allow_private = true;
  changed.ca_file = "/ca";
  changed.client_cert = "/cert";
  changed.client_key = "/key";
  changed.state = EndpointState::enabled;  // not a setting
  const auto version = get(store->config().config_version());
  ok(store->config().update_endpoint(changed, noon + hour, {}));
  CHECK(get(store->config().config_version()) > version);

  Endpoint found = get(store->config().find_endpoint("customers"));
  ok(store->config().open_headers(found));
  CHECK(found.id == id);
  CHECK(found.description == "new");
  CHECK(found.events == changed.events);
  CHECK(found.headers == changed.headers);
  CHECK(found.signature == SignatureMode::thig);
  CHECK(found.signature_header == "x-hex");
  CHECK(found.retry.empty());
  CHECK(found.timeout == Millis{2'000});
  CHECK(found.max_in_flight == 3);
  CHECK(found.rate == 0.5);
  CHECK(found.allow_private);
  CHECK(found.ca_file == "/ca");
  CHECK(found.client_cert == "/cert");
  CHECK(found.client_key == "/key");
  CHECK(found.state == EndpointState::disabled);
  CHECK(found.created_at == noon);
  CHECK(found.updated_at == noon + hour);
  CHECK(code_of(store->config().find_endpoint("crm")) == ErrorCode::not_found);
}

void refuses_to_change_into_another(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  add_sample_incoming(*store, "issues", 1);
  Endpoint other = sample_endpoint("erp", 2);
  ok(store->config().add_endpoint(other, sample_secret(), noon, {}));
  for (const char* taken : {"crm", "issues"}) {
    other.name = taken;
    CHECK(code_of(store->config().update_endpoint(other, noon, {})) == ErrorCode::conflict);
  }
  CHECK(code_of(store->config().update_endpoint(sample_endpoint("gone", 9), noon, {})) ==
        ErrorCode::not_found);
}

void a_new_url_starts_anew(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  SettleBatch batch;
  EndpointHealth health;
  health.consecutive_failures = 7;
  health.paused_until = noon + hour;
  batch.endpoints.push_back({.id = id, .health = health, .reason = {}});
  ok(store->queue().settle(batch, noon));
  Endpoint endpoint = sample_endpoint("crm", 1);
  endpoint.description = "other";
  ok(store->config().update_endpoint(endpoint, noon, {}));
  CHECK(get(store->queue().health(id)) == health);
  endpoint.url += "/new";
  ok(store->config().update_endpoint(endpoint, noon, {}));
  CHECK(get(store->queue().health(id)) == EndpointHealth{});
}

void does_all_of_it_or_nothing(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const auto version = get(store->config().config_version());
  const auto seven = [&](bool fails) {
    return store->config().in_transaction([&]() -> Status {
      for (int i = 2; i < 9; ++i) add_sample(*store, "w" + std::to_string(i), i);
      // Reading in the midst of it sees it.
      CHECK(get(store->config().secrets({2}, noon)).size() == 1);
      // A step that fails takes back what it did itself, and no more.
      CHECK(code_of(store->config().add_endpoint(sample_endpoint("crm", 20), sample_secret(), noon,
                                                 {})) == ErrorCode::conflict);
      ok(store->config().remove_endpoint({1}, noon, {}));
      if (fails) return fail(ErrorCode::invalid, "the tenth is off");
      return {};
    });
  };
  const Error error = error_of(seven(true));
  CHECK(error.text == "the tenth is off");
  CHECK(get(store->config().endpoints()).size() == 1);
  CHECK(get(store->config().config_version()) == version);
  CHECK(get(open()->config().endpoints()).size() == 1);

  ok(seven(false));
  CHECK(get(store->config().endpoints()).size() == 7);
  CHECK(get(open()->config().endpoints()).size() == 7);
  CHECK(code_of(store->config().find_endpoint("crm")) == ErrorCode::not_found);
  emit(*store, sample_event({{2}}));  // and the next transaction is one of its own
  CHECK(all_due(*open(), {2}).size() == 1);
}

void keeps_members(const OpenStore& open) {
  const auto store = open();
  for (const Member& member : get(store->config().members())) {
    CHECK(member.role == Role::owner);
  }
  ok(store->config().put_member({.name = "ann", .role = Role::owner}));
  ok(store->config().put_member({.name = "zoë", .role = Role::viewer}));
  for (const Member& member : get(store->config().members())) {
    if (member.name != "ann" && member.role == Role::owner)
      ok(store->config().remove_member(member.name));
  }
  ok(store->config().put_member({.name = "zoë", .role = Role::admin}));
  auto members = get(open()->config().members());
  REQUIRE(members.size() == 2);
  CHECK(members[0].name == "ann");
  CHECK(members[1].name == "zoë");
  CHECK(members[1].role == Role::admin);

  CHECK(code_of(store->config().put_member({.name = "ann", .role = Role::admin})) ==
        ErrorCode::conflict);
  CHECK(code_of(store->config().remove_member("ann")) == ErrorCode::conflict);
  CHECK(code_of(store->config().remove_member("bob")) == ErrorCode::not_found);
  CHECK(get(store->config().members())[0].role == Role::owner);
  ok(store->config().put_member({.name = "zoë", .role = Role::owner}));
  ok(store->config().remove_member("ann"));
  CHECK(get(open()->config().members()).size() == 1);
}

void keeps_the_trail_of_changes(const OpenStore& open) {
  const auto store = open();
  const Member ann{.name = "ann", .role = Role::owner};
  const Member bob{.name = "bob", .role = Role::admin};
  const auto note = [&](const Member& actor, std::string subject, Time at) {
    ok(store->config().record_audit({.at = at,
                                     .actor = actor,
                                     .action = "webhook.edit",
                                     .subject = std::move(subject),
                                     .before = R"({"rate":1})",
                                     .after = R"({"rate":2})"}));
  };
  CHECK(get(store->config().audit({})).empty());
  note(ann, "crm", noon);
  note(bob, "crm", noon + hour);
  note(bob, "erp", noon + 2 * hour);
  const auto all = get(open()->config().audit({}));
  REQUIRE(all.size() == 3);
  CHECK(all[0].subject == "erp");
  CHECK(all[0].at == noon + 2 * hour);
  CHECK(all[2].actor.name == "ann");
  CHECK(all[2].actor.role == Role::owner);
  CHECK(all[2].action == "webhook.edit");
  CHECK(all[2].before == R"({"rate":1})");
  CHECK(all[2].after == R"({"rate":2})");
  CHECK(get(store->config().audit({.subject = "crm"})).size() == 2);
  CHECK(get(store->config().audit({.subject = "crm", .actor = "bob"})).size() == 1);
  CHECK(get(store->config().audit({.limit = 2})).size() == 2);
  CHECK(get(store->config().audit({.since = noon + hour})).size() == 2);
  CHECK(get(store->config().audit({.until = noon + hour})).size() == 1);
  CHECK(get(store->config().audit({.since = noon + minute, .until = noon + hour})).empty());
  const auto older = get(store->config().audit({.before = all[1].number}));
  REQUIRE(older.size() == 1);
  CHECK(older[0].number == all[2].number);

  // It shares the fate of the change it tells of.
  const Status failed = store->config().in_transaction([&]() -> Status {
    note(ann, "lost", noon);
    return fail(ErrorCode::invalid, "no");
  });
  CHECK(code_of(failed) == ErrorCode::invalid);
  CHECK(get(store->config().audit({.subject = "lost"})).empty());
}

// Whatever adds, moves or takes away a queue row, or changes the configuration.
void announces_each_change(const OpenStore& open) {
  const auto store = open();
  int announced = 0;
  store->on_change([&] { ++announced; });
  int before = 0;
  const auto was_announced = [&] { return announced - std::exchange(before, announced) == 1; };
  const EndpointId crm = add_sample(*store, "crm", 7);
  CHECK(was_announced());
  const EventId first = emit(*store, sample_event({crm}));
  CHECK(was_announced());
  const EventId second = emit(*store, sample_event({crm}));
  CHECK(was_announced());
  const DeliveryId one{first, crm};
  get(store->recovery().cancel({&one, 1}, noon, Unfit::refuse));
  CHECK(was_announced());
  get(store->recovery().retry({&one, 1}, noon));
  CHECK(was_announced());
  get(store->maintenance().erase({&second, 1}, {}));
  CHECK(was_announced());
  ok(store->config().rotate_secret(crm, sample_secret(), {}, noon, {}));
  CHECK(was_announced());
  ok(store->config().set_endpoint_state(crm, EndpointState::disabled, DisabledBy::member, "", noon,
                                        {}));
  CHECK(was_announced());
  ok(store->config().remove_endpoint(crm, noon, {}));
  CHECK(was_announced());

  // What did not happen, what is only read, and what ends is no news.
  CHECK_FALSE(store->config().in_transaction([&]() -> Status {
    add_sample(*store, "erp", 8);
    return fail(ErrorCode::invalid, "no");
  }));
  get(store->config().endpoints());
  get(store->maintenance().prune_history({}, {1}, 10));
  CHECK(announced == before);
}

void forgets_what_is_erased(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 7);
  const EventId event = emit(*store, sample_event({crm}));
  emit(*store, sample_event({crm}));
  const auto recalls = get(store->queue().lanes()).front().recalls;
  get(store->maintenance().erase({&event, 1}, {}));
  CHECK(get(store->queue().lanes()).front().recalls == recalls + 1);
}

void settles_one_epoch_only(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 7);
  emit(*store, sample_event({crm}));
  const QueuedDelivery row = all_due(*store, crm).front();
  const std::int64_t before = get(store->config().find_endpoint("crm")).epoch;
  ok(store->config().rotate_secret(crm, sample_secret(), {}, noon, {}));
  CHECK(get(store->config().find_endpoint("crm")).epoch == before + 1);

  SettleBatch batch;
  batch.epochs = {{crm, before}};
  batch.deliveries = {{.id = row.id,
                       .was_due = row.due_at,
                       .attempt = failed_attempt(1),
                       .state = DeliveryState::pending,
                       .due_at = noon + minute,
                       .counted = false}};
  EndpointResult& failing = batch.endpoints.emplace_back();
  failing.id = crm;
  failing.health.consecutive_failures = 9;
  CHECK(code_of(store->queue().settle(batch, noon)) == ErrorCode::conflict);
  CHECK(get(store->queue().health(crm)).consecutive_failures == 0);
  CHECK(all_due(*store, crm).size() == 1);

  batch.epochs = {{crm, before + 1}};
  ok(store->queue().settle(batch, noon));
  CHECK(get(store->queue().health(crm)).consecutive_failures == 9);
  const auto later =
      get(store->queue().read_due({.endpoint = crm, .after = {}, .limit = 9}, noon + hour));
  REQUIRE(later.size() == 1);
  CHECK(later[0].attempts_made == 1);
  CHECK(later[0].earlier_attempts == 1);  // it does not count
}

void bounds_reads_by_bytes(const OpenStore& open) {
  const auto store = open();
  const EndpointId crm = add_sample(*store, "crm", 7);
  for (int i = 0; i < 5; ++i) emit(*store, sample_event({crm}));
  const std::size_t body = all_due(*store, crm).front().body.size();
  CHECK(get(store->queue().read_due({.endpoint = crm, .after = {}, .limit = 9, .most_bytes = 1},
                                    noon + hour))
            .size() == 1);
  CHECK(get(store->queue().read_due(
                {.endpoint = crm, .after = {}, .limit = 9, .most_bytes = 3 * body}, noon + hour))
            .size() == 3);
  CHECK(
      get(store->queue().read_due(
              {.endpoint = crm, .after = {}, .limit = 9, .most_bytes = 3 * body + 1}, noon + hour))
          .size() == 4);
}

constexpr StoreRule rules_of_changes[] = {
    {"announces each change", announces_each_change},
    {"recalls what is erased", forgets_what_is_erased},
    {"settles results of one epoch only", settles_one_epoch_only},
    {"bounds reads by bytes", bounds_reads_by_bytes},
    {"changes every setting of a webhook but its state", changes_every_setting},
    {"refuses to change a webhook into another", refuses_to_change_into_another},
    {"a new URL ends streak and pause", a_new_url_starts_anew},
    {"does several changes together or none", does_all_of_it_or_nothing},
    {"keeps members, and always an Owner", keeps_members},
    {"keeps the trail of changes", keeps_the_trail_of_changes},
};

}  // namespace

std::span<const StoreRule> change_rules() {
  return rules_of_changes;
}

}  // namespace thig

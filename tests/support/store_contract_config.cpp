#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

namespace thig {

namespace {

Endpoint detailed_endpoint() {
  Endpoint endpoint = sample_endpoint("crm", 7);
  endpoint.description = "Customers, \"quoted\" \\ and ümlaut";
  endpoint.events = {"project.*", "task.created"};
  endpoint.conditions = {
      {.value = {ValueSource::pointer, "/data/status"}, .expected = "FINAL \"1\""},
      {.value = {ValueSource::pointer, "/data/ümlaut"},
       .is_regex = true,
       .expected = "^[a\\]",
       .negated = true}};
  endpoint.headers = {{"x-team", "a, b"}, {"x-empty", ""}};
  endpoint.signature = SignatureMode::thig;
  endpoint.signature_header = "x-webhook-signature";
  endpoint.retry = {Millis{60'000}, Millis{300'000}};
  endpoint.timeout = Millis{2'500};
  endpoint.max_in_flight = 3;
  endpoint.rate = 12.5;
  endpoint.allow_private = true;
  endpoint.ca_file = "/etc/ca.pem";
  endpoint.client_cert = "/etc/cert.pem";
  endpoint.client_key = "/etc/key.pem";
  return endpoint;
}

void check_same_settings(const Endpoint& found, const Endpoint& given) {
  CHECK(found.id == given.id);
  CHECK(found.name == given.name);
  CHECK(found.url == given.url);
  CHECK(found.description == given.description);
  CHECK(found.events == given.events);
  CHECK(found.conditions == given.conditions);
  CHECK(found.headers == given.headers);
  CHECK(found.signature == given.signature);
  CHECK(found.signature_header == given.signature_header);
  CHECK(found.retry == given.retry);
  CHECK(found.timeout == given.timeout);
  CHECK(found.max_in_flight == given.max_in_flight);
  CHECK(found.rate == given.rate);
  CHECK(found.allow_private == given.allow_private);
  CHECK(found.ca_file == given.ca_file);
  CHECK(found.client_cert == given.client_cert);
  CHECK(found.client_key == given.client_key);
}

void keeps_every_setting(const OpenStore& open) {
  const Endpoint given = detailed_endpoint();
  ok(open()->config().add_endpoint(given, sample_secret(), noon, {}));

  Endpoint found = get(open()->config().find_endpoint("crm"));
  // Readers get the names of extra headers; the values are sealed.
  CHECK(found.headers == std::vector<Header>{{"x-team", ""}, {"x-empty", ""}});
  ok(open()->config().open_headers(found));
  check_same_settings(found, given);
  CHECK(found.state == EndpointState::enabled);
  CHECK(found.disabled_by == DisabledBy::nobody);
  CHECK(found.created_at == noon);
  CHECK(found.updated_at == noon);
  CHECK(found.state_since == noon);
}

void keeps_an_inactive_one_inactive(const OpenStore& open) {
  Endpoint endpoint = sample_endpoint("crm", 7);
  endpoint.state = EndpointState::disabled;
  endpoint.disabled_by = DisabledBy::member;
  endpoint.state_reason = "added inactive";
  ok(open()->config().add_endpoint(endpoint, sample_secret(), noon, {}));

  const Endpoint found = get(open()->config().find_endpoint("crm"));
  CHECK(found.state == EndpointState::disabled);
  CHECK(found.disabled_by == DisabledBy::member);
  CHECK(found.state_reason == "added inactive");
}

void lists_by_name(const OpenStore& open) {
  const auto store = open();
  CHECK(get(store->config().endpoints()).empty());
  add_sample(*store, "b", 1);
  add_sample(*store, "c", 2);
  add_sample(*store, "a", 3);
  std::string names;
  for (const Endpoint& endpoint : get(store->config().endpoints())) names += endpoint.name;
  CHECK(names == "abc");

  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "", noon,
                                        {}));
  const auto summaries = get(store->config().endpoint_summaries());
  REQUIRE(summaries.size() == 3);
  CHECK(summaries[0].name == "a");
  CHECK(summaries[0].id == EndpointId{3});
  CHECK(summaries[0].state == EndpointState::enabled);
  CHECK(summaries[0].url == get(store->config().find_endpoint("a")).url);
  CHECK(summaries[1].state == EndpointState::disabled);

  const auto routes = get(store->config().routes());
  REQUIRE(routes.size() == 1);
  CHECK(routes[0].events == get(store->config().find_endpoint("c")).events);
  CHECK(routes[0].enabled == std::vector<EndpointId>{{2}, {3}});
  CHECK(routes[0].disabled == std::vector<EndpointId>{{1}});
  Endpoint endpoint = sample_endpoint("d", 4);
  endpoint.events = {"member.joined", "project.*"};
  ok(store->config().add_endpoint(endpoint, sample_secret(), noon, {}));
  const auto both = get(store->config().routes());
  REQUIRE(both.size() == 2);
  CHECK(both[1].events == endpoint.events);
  CHECK(both[1].enabled == std::vector<EndpointId>{{4}});

  // The same events under other conditions are a route of their own.
  endpoint = sample_endpoint("e", 5);
  endpoint.conditions = {{.value = {ValueSource::pointer, "/data/status"}, .expected = "FINAL"}};
  ok(store->config().add_endpoint(endpoint, sample_secret(), noon, {}));
  endpoint.id = {6};
  endpoint.name = "f";
  ok(store->config().add_endpoint(endpoint, sample_secret(), noon, {}));
  const auto three = get(store->config().routes());
  REQUIRE(three.size() == 3);
  CHECK(three[0].conditions.empty());
  CHECK(three[2].events == three[0].events);
  CHECK(three[2].conditions == endpoint.conditions);
  CHECK(three[2].enabled == std::vector<EndpointId>{{5}, {6}});

  const std::vector<EndpointId> wanted = {{4}, {9}, {1}};
  const auto some = get(store->config().endpoint_summaries(wanted));
  REQUIRE(some.size() == 2);
  CHECK(some[0].name == "d");
  CHECK(some[1].name == "b");
  CHECK(some[1].url == summaries[1].url);
  CHECK(some[1].state == EndpointState::disabled);
}

void gives_summaries_one_after_the_other(const OpenStore& open) {
  const auto store = open();
  const auto names = [&](bool events) {
    std::string all;
    ok(store->config().each_endpoint_summary(events, [&](const EndpointSummary& one) {
      all += one.name + (one.events.empty() ? " " : ":" + one.events.front() + " ");
      CHECK(one.url == sample_endpoint(one.name, one.id.value).url);
      CHECK((one.state == EndpointState::disabled) == (one.id == EndpointId{2}));
      CHECK(one.disabled_by == (one.id == EndpointId{2} ? DisabledBy::gone : DisabledBy::nobody));
    }));
    return all;
  };
  CHECK(names(true).empty());
  add_sample(*store, "a", 3);
  add_sample(*store, "b", 2);
  add_sample(*store, "c", 1);
  ok(store->config().set_endpoint_state({2}, EndpointState::disabled, DisabledBy::gone, "410", noon,
                                        {}));
  CHECK(names(true) == "c:project.* b:project.* a:project.* ");
  CHECK(names(false) == "c b a ");
}

void finds_by_id_or_name(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 77);
  CHECK(get(store->config().find_endpoint(to_text(id))).name == "crm");
  CHECK(get(store->config().find_endpoint("crm")).id == id);
  const Error missing = error_of(store->config().find_endpoint("crn"));
  CHECK(missing.code == ErrorCode::not_found);
  CHECK(missing.text.find("crn") != std::string::npos);
  CHECK(code_of(store->config().find_endpoint(to_text(EndpointId{78}))) == ErrorCode::not_found);
}

void refuses_a_taken_name(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  const auto version = get(store->config().config_version());
  const NewEvent raised = sample_event({{1}});

  const Error error = error_of(
      store->config().add_endpoint(sample_endpoint("crm", 2), sample_secret(), noon, {&raised, 1}));
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.text.find("crm") != std::string::npos);
  CHECK(code_of(store->config().add_endpoint(sample_endpoint("other", 1), sample_secret(), noon,
                                             {})) == ErrorCode::conflict);
  CHECK(get(store->config().endpoints()).size() == 1);
  CHECK(get(store->config().config_version()) == version);
  CHECK(all_due(*store, {1}).empty());
}

void counts_changes_of_the_configuration(const OpenStore& open) {
  const auto store = open();
  const auto other = open();
  auto before = get(store->config().config_version());
  const auto grown = [&] {
    const auto now = get(other->config().config_version());
    return std::exchange(before, now) < now;
  };
  add_sample(*store, "crm", 1);
  CHECK(grown());
  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "x", noon,
                                        {}));
  CHECK(grown());
  ok(store->config().remove_endpoint({1}, noon, {}));
  CHECK(grown());
  CHECK_FALSE(grown());
}

void records_what_changes_raise(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const NewEvent raised = sample_event({listener});
  const std::span<const NewEvent> one(&raised, 1);

  ok(store->config().add_endpoint(sample_endpoint("crm", 2), sample_secret(), noon, one));
  CHECK(all_due(*store, listener).size() == 1);
  ok(store->config().set_endpoint_state({2}, EndpointState::disabled, DisabledBy::member, "x", noon,
                                        one));
  CHECK(all_due(*store, listener).size() == 2);
  ok(store->config().remove_endpoint({2}, noon, one));
  CHECK(all_due(*store, listener).size() == 3);
  CHECK(stats_of(*store, listener).pending == 3);
}

void disables_with_a_reason(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::failures,
                                        "10 in a row", noon + minute, {}));
  const Endpoint off = get(store->config().find_endpoint("crm"));
  CHECK(off.state == EndpointState::disabled);
  CHECK(off.disabled_by == DisabledBy::failures);
  CHECK(off.state_reason == "10 in a row");
  CHECK(off.state_since == noon + minute);
  CHECK(off.created_at == noon);

  ok(store->config().set_endpoint_state({1}, EndpointState::enabled, DisabledBy::member, "again",
                                        noon + hour, {}));
  const Endpoint on = get(store->config().find_endpoint("crm"));
  CHECK(on.state == EndpointState::enabled);
  CHECK(on.disabled_by == DisabledBy::nobody);
  CHECK(on.state_reason.empty());
  CHECK(on.state_since == noon + hour);
}

void enabling_ends_the_failure_streak(const OpenStore& open) {
  const auto store = open();
  add_sample(*store, "crm", 1);
  SettleBatch batch;
  batch.endpoints.push_back(
      {{1}, {9, noon, true, 6, noon + hour, minute, 1}, DisabledBy::nobody, ""});
  ok(store->queue().settle(batch, noon));

  ok(store->config().set_endpoint_state({1}, EndpointState::disabled, DisabledBy::member, "x", noon,
                                        {}));
  CHECK(get(store->queue().health({1})).consecutive_failures == 9);
  ok(store->config().set_endpoint_state({1}, EndpointState::enabled, DisabledBy::nobody, "", noon,
                                        {}));
  CHECK(get(store->queue().health({1})) == EndpointHealth{});
}

void changes_of_a_missing_one_are_refused(const OpenStore& open) {
  const auto store = open();
  const auto version = get(store->config().config_version());
  CHECK(code_of(store->config().set_endpoint_state({5}, EndpointState::enabled, DisabledBy::nobody,
                                                   "", noon, {})) == ErrorCode::not_found);
  CHECK(code_of(store->config().remove_endpoint({5}, noon, {})) == ErrorCode::not_found);
  CHECK(code_of(store->config().secrets({5}, noon)) == ErrorCode::not_found);
  CHECK(get(store->config().config_version()) == version);
}

void gives_the_secret_back(const OpenStore& open) {
  ok(open()->config().add_endpoint(sample_endpoint("crm", 1), sample_secret("whsec_1"), noon, {}));
  ok(open()->config().add_endpoint(sample_endpoint("erp", 2), sample_secret(""), noon, {}));
  const auto store = open();
  const auto secrets = get(store->config().secrets({1}, noon));
  REQUIRE(secrets.size() == 1);
  CHECK(secrets[0].text == "whsec_1");
  CHECK(secrets[0].created_at == noon);
  CHECK_FALSE(secrets[0].expires_at.has_value());
  CHECK(get(store->config().secrets({2}, noon)).at(0).text.empty());
}

void forgets_an_expired_secret(const OpenStore& open) {
  const auto store = open();
  Secret secret = sample_secret();
  secret.expires_at = noon + hour;
  ok(store->config().add_endpoint(sample_endpoint("crm", 1), secret, noon, {}));
  const auto before = get(store->config().secrets({1}, noon + hour - Millis{1}));
  REQUIRE(before.size() == 1);
  CHECK(before[0].expires_at == noon + hour);
  CHECK(get(store->config().secrets({1}, noon + hour)).empty());
}

Secret fresh_secret(std::string text, Time at) {
  return {std::move(text), at, std::nullopt};
}

void lets_the_old_secret_overlap(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  const auto version = get(store->config().config_version());
  ok(store->config().rotate_secret(id, fresh_secret("second", noon), noon + hour, noon, {}));
  CHECK(get(store->config().config_version()) > version);
  CHECK(get(store->config().find_endpoint("crm")).updated_at == noon);

  ok(store->config().rotate_secret(id, fresh_secret("third", noon + minute), noon + 2 * hour,
                                   noon + minute, {}));
  const auto all = get(open()->config().secrets(id, noon + minute));
  REQUIRE(all.size() == 3);
  CHECK(all[0].text == "third");
  CHECK(all[0].created_at == noon + minute);
  CHECK_FALSE(all[0].expires_at.has_value());
  CHECK(all[1].text == "second");
  CHECK(all[1].expires_at == noon + 2 * hour);
  CHECK(all[2].text == "whsec_mySigningSecret");
  CHECK(all[2].expires_at == noon + hour);

  CHECK(get(store->config().secrets(id, noon + hour)).size() == 2);
  CHECK(get(store->config().secrets(id, noon + 2 * hour)).size() == 1);
}

void ends_all_old_secrets_at_once(const OpenStore& open) {
  const auto store = open();
  const EndpointId id = add_sample(*store, "crm", 1);
  const EndpointId other = add_sample(*store, "erp", 2);
  ok(store->config().rotate_secret(id, fresh_secret("second", noon), noon + hour, noon, {}));
  ok(store->config().rotate_secret(id, fresh_secret("third", noon), std::nullopt, noon, {}));
  const auto left = get(store->config().secrets(id, noon));
  REQUIRE(left.size() == 1);
  CHECK(left[0].text == "third");
  CHECK(get(store->config().secrets(other, noon)).size() == 1);
  const NewEvent raised = sample_event({other});
  ok(store->config().rotate_secret(id, fresh_secret("fourth", noon), std::nullopt, noon,
                                   {&raised, 1}));
  CHECK(all_due(*store, other).size() == 1);
  CHECK(code_of(store->config().rotate_secret({9}, fresh_secret("x", noon), std::nullopt, noon,
                                              {})) == ErrorCode::not_found);
}

void removes_everything_of_a_webhook(const OpenStore& open) {
  const auto store = open();
  const EndpointId gone = add_sample(*store, "gone", 1);
  const EndpointId stays = add_sample(*store, "stays", 2);
  const EventId pending = emit(*store, sample_event({gone, stays}));
  const EventId ended = emit(*store, sample_event({gone}));
  const EventId missed = emit(*store, sample_event({}, {gone}));
  auto rows = all_due(*store, gone);
  ok(settle_one(*store, settled(rows.at(0), failed_attempt(1), DeliveryState::pending, noon)));
  ok(settle_one(*store, settled(rows.at(1), good_attempt(1), DeliveryState::delivered)));

  ok(store->config().remove_endpoint(gone, noon, {}));

  CHECK(code_of(store->config().find_endpoint("gone")) == ErrorCode::not_found);
  CHECK(code_of(store->config().secrets(gone, noon)) == ErrorCode::not_found);
  CHECK(get(store->queue().health(gone)) == EndpointHealth{});
  CHECK(all_due(*store, gone).empty());
  CHECK(get(store->queue().lanes()).size() == 1);
  CHECK(get(store->statistics().stats({})).size() == 1);
  for (const EventId event : {pending, ended, missed}) {
    CHECK(code_of(store->history().timeline({event, gone})) == ErrorCode::not_found);
    CHECK(get(store->history().event(event)).id == event);
  }
  const auto left = get(store->history().deliveries({}));
  REQUIRE(left.size() == 1);
  CHECK(left[0].id == DeliveryId{pending, stays});
  CHECK(stats_of(*store, stays).pending == 1);

  // Its name is free again, and nothing of the old one comes back with it.
  add_sample(*store, "gone", 3);
  CHECK(stats_of(*store, {3}).pending == 0);
}

void what_is_raised_for_a_removed_one_is_dropped(const OpenStore& open) {
  const auto store = open();
  const EndpointId gone = add_sample(*store, "gone", 1);
  const EndpointId stays = add_sample(*store, "stays", 2);
  const NewEvent raised = sample_event({gone, stays}, {});
  ok(store->config().remove_endpoint(gone, noon, {&raised, 1}));
  CHECK(all_due(*store, stays).size() == 1);
  CHECK(get(store->history().deliveries({})).size() == 1);

  ok(store->config().set_endpoint_state(stays, EndpointState::disabled, DisabledBy::member, "",
                                        noon, {}));
  const NewEvent later = sample_event({}, {gone, stays});
  SettleBatch batch;
  batch.raised.push_back(later);
  ok(store->queue().settle(batch, noon));
  CHECK(stats_of(*store, stays).missed == 1);
  CHECK(get(store->history().deliveries({})).size() == 2);
}

constexpr StoreRule rules_of_config[] = {
    {"keeps every setting of a webhook", keeps_every_setting},
    {"keeps an inactive webhook inactive", keeps_an_inactive_one_inactive},
    {"lists webhooks by name", lists_by_name},
    {"gives summaries one after the other", gives_summaries_one_after_the_other},
    {"finds a webhook by id or name", finds_by_id_or_name},
    {"refuses a taken name or id, changing nothing", refuses_a_taken_name},
    {"counts changes of the configuration", counts_changes_of_the_configuration},
    {"records what changes raise", records_what_changes_raise},
    {"disables with a reason, and enables", disables_with_a_reason},
    {"enabling ends the failure streak", enabling_ends_the_failure_streak},
    {"refuses changes of a missing webhook", changes_of_a_missing_one_are_refused},
    {"gives the secret back", gives_the_secret_back},
    {"forgets an expired secret", forgets_an_expired_secret},
    {"lets the old secret overlap", lets_the_old_secret_overlap},
    {"ends all old secrets at once", ends_all_old_secrets_at_once},
    {"removes everything of a webhook", removes_everything_of_a_webhook},
    {"drops what is raised for a removed webhook", what_is_raised_for_a_removed_one_is_dropped},
};

}  // namespace

std::span<const StoreRule> config_rules() {
  return rules_of_config;
}

}  // namespace thig

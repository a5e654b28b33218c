// Requests that come with the outcome of their action: recorded and ended in one transaction.
#include "tests/support/store_contract.h"
#include "tests/support/store_samples.h"

namespace thig {

namespace {

ActionOutcome outcome(RequestState state, ActionEffects effects = {}) {
  return {.state = state,
          .detail = "it is " + std::string(to_text(state)),
          .effects = std::move(effects)};
}

ArrivedRequest ending(IncomingHookId hook, ActionOutcome with,
                      std::vector<std::string> seen_keys = {}) {
  ArrivedRequest arrived = sample_request(hook, std::move(seen_keys));
  arrived.outcome = std::move(with);
  return arrived;
}

// What makes a project of that number, and an event of it.
ActionOutcome making(std::int64_t project, EndpointId listener) {
  return outcome(RequestState::done, {.project = sample_project(project, "made"),
                                      .note = std::nullopt,
                                      .events = {sample_event({listener})}});
}

std::vector<Received> receive(Store& store, const std::vector<ArrivedRequest>& batch) {
  const auto received =
      get(store.requests().receive(batch, noon, get(store.config().config_version())));
  REQUIRE(received.size() == batch.size());
  return received;
}

std::string ends_of(const std::vector<Received>& received) {
  std::string text;
  for (const Received& one : received) {
    CHECK_FALSE((one.ended && one.pending));
    text += one.ended ? "e" : one.pending ? "p" : "-";
  }
  return text;
}

// As it is recorded, but for its names.
std::string recorded(Store& store, RequestId id) {
  const IncomingRequest one = get(store.requests().one(id));
  REQUIRE(one.ended_at);
  std::string text;
  for (const std::string& field :
       {one.peer, one.content_type, one.headers, one.query, one.delivery_id, one.body,
        std::to_string(one.body_size), std::string(to_text(one.state)), std::to_string(one.runs),
        std::to_string(one.starts), one.detail, format_rfc3339(*one.ended_at)}) {
    text += field + "|";
  }
  return text;
}

std::string figures(Store& store, IncomingHookId id) {
  const IncomingStats stats = incoming_stats_of(store, id);
  std::string text = stats.last_outcome;
  for (const std::int64_t count :
       {stats.received, stats.duplicates, stats.rejected, stats.failed}) {
    text += " " + std::to_string(count);
  }
  return text;
}

void ends_one_as_if_later(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  std::int64_t number = 1;
  for (const RequestState state :
       {RequestState::done, RequestState::skipped, RequestState::failed}) {
    CAPTURE(to_text(state));
    const ActionEffects effects{.project = sample_project(10 + number, "made"),
                                .note = std::nullopt,
                                .events = {sample_event({listener})}};
    ++number;
    const auto now = add_sample_incoming(*store, "now" + std::to_string(number), 2 * number);
    const auto later =
        add_sample_incoming(*store, "later" + std::to_string(number), 2 * number + 1);
    const auto due = all_due(*store, listener).size();
    const auto received = receive(*store, {ending(now, outcome(state, effects), {"key"})});
    CHECK(ends_of(received) == "e");
    CHECK(all_due(*store, listener).size() == due + 1);
    CHECK(get(store->requests().find_project(to_text(effects.project->id))).name == "made");

    const Received one = receive_one(*store, sample_request(later, {"key"}));
    CHECK(one.pending);
    const EndedRequest ended{.id = one.id, .hook = later, .outcome = outcome(state)};
    get(store->requests().finish({&ended, 1}, noon, get(store->config().config_version()),
                                 1u << 20));
    CHECK(recorded(*open(), received[0].id) == recorded(*store, one.id));
    CHECK(get(store->requests().one(received[0].id)).state == state);
    CHECK(get(store->requests().one(received[0].id)).runs == 1);
    CHECK(figures(*store, now) == figures(*store, later));
    // And what comes again is, or is not, a duplicate of the one as of the other.
    CHECK(receive_one(*store, sample_request(now, {"key"})).duplicate ==
          receive_one(*store, sample_request(later, {"key"})).duplicate);
  }
}

void ends_each_of_a_batch(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  const auto received = receive(
      *store, {ending(id, making(1, listener), {"a"}), ending(id, outcome(RequestState::failed)),
               ending(id, making(2, listener), {"a"}), rejected_request(id),
               ending({9}, making(3, listener)), ending(other, making(4, listener)),
               sample_request(other), ending(other, making(5, listener))});
  // The third is a duplicate of the first, and the last but two is not ended before those after it.
  CHECK(ends_of(received) == "ee---epp");
  CHECK(received[2].duplicate);
  CHECK(get(store->requests().projects(10)).size() == 2);
  CHECK(all_due(*store, listener).size() == 2);
  CHECK(incoming_stats_of(*store, id).failed == 1);
  CHECK(incoming_stats_of(*store, id).received == 2);
  CHECK(incoming_stats_of(*store, id).last_outcome == "failed");
  CHECK(ids_of(get(store->requests().pending(std::nullopt, 10))) ==
        std::vector{received[6].id, received[7].id});
}

void keeps_the_order_of_a_webhook(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const IncomingHookId other = add_sample_incoming(*store, "other", 2);
  const Received first = receive_one(*store, sample_request(id));
  const auto behind =
      receive(*store, {ending(id, making(1, listener)), ending(other, making(2, listener))});
  CHECK(ends_of(behind) == "pe");
  finish_one(*store, first.id);
  CHECK(ends_of(receive(*store, {ending(id, making(3, listener))})) == "p");
  finish_one(*store, behind[0].id);
  CHECK(get(store->requests().pending(std::nullopt, 10)).size() == 1);
  finish_one(*store, get(store->requests().pending(std::nullopt, 10))[0].id);
  CHECK(ends_of(receive(*store, {ending(id, making(4, listener))})) == "e");
  // One that is made pending again stands before, too, whenever it came.
  ok(store->requests().requeue(first.id));
  CHECK(ends_of(receive(*store, {ending(id, making(5, listener))})) == "p");
}

void ends_none_as_it_comes_by_an_old_configuration(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  const auto version = get(store->config().config_version());
  add_sample_incoming(*open(), "other", 2);
  const ArrivedRequest arrived = ending(id, making(1, listener));
  const auto received = get(store->requests().receive({&arrived, 1}, noon, version));
  CHECK(ends_of(received) == "p");
  CHECK(get(store->requests().one(received[0].id)).state == RequestState::pending);
  CHECK(get(store->requests().one(received[0].id)).detail.empty());
  CHECK(get(store->requests().projects(10)).empty());
  CHECK(all_due(*store, listener).empty());
  CHECK(incoming_stats_of(*store, id).last_outcome == "pending");
}

// Here an effect is refused, as the project is there already: all are recorded, none has ended.
void a_refused_effect_leaves_all_pending(const OpenStore& open) {
  const auto store = open();
  const EndpointId listener = add_sample(*store, "listener", 1);
  const IncomingHookId id = add_sample_incoming(*store, "in", 1);
  receive(*store, {ending(id, making(1, listener))});
  std::vector<ArrivedRequest> batch = {ending(id, making(2, listener), {"a"}),
                                       ending(id, making(1, listener)),
                                       ending(id, outcome(RequestState::failed))};
  for (ArrivedRequest& one : batch) one.raised.push_back(sample_event({listener}));
  const auto before = all_due(*store, listener).size();
  const auto received = receive(*store, batch);
  CHECK(ends_of(received) == "ppp");
  CHECK(get(store->requests().projects(10)).size() == 1);
  CHECK(all_due(*store, listener).size() == before + 3);  // those that tell of requests
  CHECK(incoming_stats_of(*store, id).received == 4);
  CHECK(incoming_stats_of(*store, id).failed == 0);
  CHECK(get(store->requests().pending(std::nullopt, 10)).size() == 3);
  CHECK(get(store->requests().list({})).size() == 4);
  CHECK(receive_one(*store, sample_request(id, {"a"})).duplicate);
}

void names_webhooks_whose_commands_wait(const OpenStore& open) {
  const auto store = open();
  const IncomingHookId writes = add_sample_incoming(*store, "writes", 1);
  std::vector<IncomingHookId> commands;
  for (std::int64_t id = 2; id <= 4; ++id) {
    IncomingHook hook = sample_incoming("command" + std::to_string(id), id);
    hook.action.kind = ActionKind::run;
    hook.action.command = {"/bin/true"};
    ok(store->incoming().add(hook, sample_secret(hook.name), std::nullopt, noon, {}));
    commands.push_back(hook.id);
  }
  CHECK(get(store->requests().waiting_commands()).empty());
  receive_one(*store, sample_request(writes));
  const Received first = receive_one(*store, sample_request(commands[2]));
  receive_one(*store, sample_request(commands[0]));
  receive_one(*store, sample_request(commands[0]));
  CHECK(get(store->requests().waiting_commands()) == std::vector{commands[0], commands[2]});
  finish_one(*store, first.id);
  CHECK(get(store->requests().waiting_commands()) == std::vector{commands[0]});
  ok(store->incoming().remove(commands[0], noon, {}));
  CHECK(get(store->requests().waiting_commands()).empty());
}

constexpr StoreRule rules_of_arrivals[] = {
    {"ends a request as it comes as if it was ended later", ends_one_as_if_later},
    {"ends each request of a batch as it comes", ends_each_of_a_batch},
    {"ends no request as it comes before an older one", keeps_the_order_of_a_webhook},
    {"ends no request as it comes by an old configuration",
     ends_none_as_it_comes_by_an_old_configuration},
    {"records requests whose effects are refused", a_refused_effect_leaves_all_pending},
    {"names the webhooks whose commands wait", names_webhooks_whose_commands_wait},
};

}  // namespace

std::span<const StoreRule> arrival_rules() {
  return rules_of_arrivals;
}

}  // namespace thig

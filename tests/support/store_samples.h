// Short ways to fill a store and to ask it, for tests.
#pragma once

#include "core/store/store.h"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace thig {

inline const Time noon = *parse_rfc3339("2026-01-15T12:00:00Z");
inline constexpr Millis second{1'000};
inline constexpr Millis minute{60'000};
inline constexpr Millis hour{3'600'000};

// The value, or the end of the test.
template <class T>
T get(Result<T> result) {
  INFO((result ? std::string() : result.error().text));
  REQUIRE(result.has_value());
  return std::move(*result);
}
inline void ok(const Status& status) {
  INFO((status ? std::string() : status.error().text));
  REQUIRE(status.has_value());
}
// The error, or the end of the test.
template <class T>
Error error_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}
template <class T>
ErrorCode code_of(const Result<T>& result) {
  return error_of(result).code;
}

inline Endpoint sample_endpoint(std::string name, std::int64_t id) {
  Endpoint endpoint;
  endpoint.id = {id};
  endpoint.name = std::move(name);
  endpoint.url = "https://hooks.example.com/" + endpoint.name;
  endpoint.events = {"project.*"};
  endpoint.retry = {Millis{170'000}, Millis{680'000}};
  return endpoint;
}

inline Secret sample_secret(std::string text = "whsec_mySigningSecret") {
  return {std::move(text), {}, std::nullopt};
}

// Adds an enabled webhook of that name and answers its id.
inline EndpointId add_sample(Store& store, const std::string& name, std::int64_t id,
                             Time now = noon) {
  ok(store.config().add_endpoint(sample_endpoint(name, id), sample_secret(), now, {}));
  return {id};
}

inline NewEvent sample_event(std::vector<EndpointId> queue, std::vector<EndpointId> missed = {}) {
  return {"project.created", R"({"projectId":"proj_123"})", std::move(queue), std::move(missed)};
}

// One with an idempotency key.
inline NewEvent keyed_event(std::string key, std::string data = "{}",
                            std::vector<EndpointId> queue = {},
                            std::vector<EndpointId> missed = {}) {
  NewEvent event = sample_event(std::move(queue), std::move(missed));
  event.data = std::move(data);
  event.idempotency = {.key = std::move(key), .content = content_hash(event.type, event.data)};
  return event;
}

// Accepts events at the configuration's present version.
inline std::vector<Acceptance> accept(Store& store, std::span<const NewEvent> events,
                                      Time now = noon, Portion portion = Portion::all) {
  return get(store.intake().accept(events, now, get(store.config().config_version()), portion));
}
// The same for events that are all recorded: their ids.
inline std::vector<EventId> record(Store& store, std::span<const NewEvent> events, Time now = noon,
                                   Portion portion = Portion::all) {
  std::vector<EventId> ids;
  for (const Acceptance& one : accept(store, events, now, portion)) {
    CHECK(one.kind == Acceptance::Kind::recorded);
    ids.push_back(one.id);
  }
  return ids;
}

// Records one event.
inline EventId emit(Store& store, const NewEvent& event, Time now = noon) {
  const auto ids = record(store, {&event, 1}, now);
  REQUIRE(ids.size() == 1);
  return ids.front();
}

inline Attempt good_attempt(int number, Time at = noon, Millis duration = Millis{40}) {
  return {number, at, duration, 200, "", ""};
}
inline Attempt failed_attempt(int number, Time at = noon, Millis duration = Millis{90}) {
  return {number, at, duration, 503, "http: 503", "try later"};
}

inline std::vector<QueuedDelivery> all_due(Store& store, EndpointId endpoint,
                                           Time now = noon + 24 * hour) {
  return get(store.queue().read_due({.endpoint = endpoint, .after = {}, .limit = 1'000}, now));
}

// The result of the delivery's next attempt; it must be pending.
inline AttemptResult settled(const QueuedDelivery& row, Attempt attempt, DeliveryState state,
                             Time due_at = {}) {
  return {row.id, row.due_at, std::move(attempt), state, due_at};
}
inline Status settle_one(Store& store, AttemptResult one, Time now = noon) {
  SettleBatch batch;
  batch.deliveries.push_back(std::move(one));
  return store.queue().settle(batch, now);
}

inline EndpointStats stats_of(Store& store, EndpointId id, Time since = {}) {
  for (EndpointStats& one : get(store.statistics().stats(since))) {
    if (one.id == id) return std::move(one);
  }
  FAIL("the webhook has no figures");
  return {};
}

// An incoming webhook that emits an event for each request.
inline IncomingHook sample_incoming(std::string name, std::int64_t id) {
  IncomingHook hook;
  hook.id = {id};
  hook.name = std::move(name);
  hook.action.kind = ActionKind::emit;
  hook.action.event_type = "order.paid";
  return hook;
}

// Adds one of that name, without a secret; its token is "token-" and the name.
inline IncomingHookId add_sample_incoming(Store& store, const std::string& name, std::int64_t id,
                                          Time now = noon) {
  ok(store.incoming().add(sample_incoming(name, id), sample_secret("token-" + name), std::nullopt,
                          now, {}));
  return {id};
}

// A request that is to be run, and what it is known by.
inline ArrivedRequest sample_request(IncomingHookId hook, std::vector<std::string> seen_keys = {},
                                     std::string body = R"({"order":1})") {
  IncomingRequest request;
  request.hook = hook;
  request.received_at = noon;
  request.peer = "192.0.2.1";
  request.content_type = "application/json";
  request.headers = R"({"x-kind":"order"})";
  request.body_size = body.size();
  request.body = std::move(body);
  return {.request = std::move(request),
          .seen_keys = std::move(seen_keys),
          .forget_at = noon + hour,
          .raised = {}};
}

inline ArrivedRequest rejected_request(IncomingHookId hook,
                                       std::vector<std::string> seen_keys = {}) {
  ArrivedRequest arrived = sample_request(hook, std::move(seen_keys), "");
  arrived.request.state = RequestState::rejected;
  arrived.request.detail = "bad signature";
  return arrived;
}

inline Project sample_project(std::int64_t id, std::string name, Time at = noon) {
  return {.id = {id},
          .name = std::move(name),
          .status = "open",
          .description = "made",
          .source = "in",
          .created_at = at};
}

inline std::vector<RequestId> ids_of(const std::vector<IncomingRequest>& requests) {
  std::vector<RequestId> ids;
  for (const IncomingRequest& request : requests) ids.push_back(request.id);
  return ids;
}

inline Received receive_one(Store& store, ArrivedRequest arrived, Time now = noon) {
  arrived.forget_at = now + hour;
  const auto received = get(store.requests().receive({&arrived, 1}, now));
  REQUIRE(received.size() == 1);
  return received.front();
}

// Ends a request at the configuration's present version, keeping bodies whole.
inline std::vector<EventId> finish_one(Store& store, RequestId id,
                                       RequestState state = RequestState::done,
                                       const ActionEffects& effects = {}, Time now = noon) {
  const auto found = store.requests().one(id);
  const EndedRequest ended{
      .id = id,
      .hook = found ? found->hook : IncomingHookId{},
      .outcome = {.state = state, .detail = std::string(to_text(state)), .effects = effects}};
  return get(
      store.requests().finish({&ended, 1}, now, get(store.config().config_version()), 1u << 20));
}

inline IncomingStats incoming_stats_of(Store& store, IncomingHookId id) {
  for (IncomingStats& one : get(store.requests().stats())) {
    if (one.id == id) return std::move(one);
  }
  FAIL("the webhook has no figures");
  return {};
}

}  // namespace thig

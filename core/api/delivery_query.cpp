#include "core/api/delivery_query.h"

#include "core/base/codec.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> state_words = {"pending", "delivered", "dead",
                                              "missed",  "cancelled", "test"};

// What an attempt comes to that gets no answer, and an example of each kind of status.
const std::vector<std::string> outcome_words = {"2xx",    "3xx",     "4xx",        "5xx",
                                                "dns",    "connect", "tls",        "timeout",
                                                "closed", "refused", "bad_answer", "local"};

bool is_status(const std::string& text) {
  return text.size() == 3 && text[0] != '0' && std::ranges::all_of(text, is_digit);
}

Status read_states(const DeliveryQuery& query, const Wording& wording, DeliveryFilter& filter) {
  for (const std::string& word : query.states) {
    const auto state = parse_delivery_state(word);
    if (!state) {
      return std::unexpected(wording.error_of("state", not_a_choice(word, state_words)));
    }
    if (std::ranges::find(filter.states, *state) == filter.states.end()) {
      filter.states.push_back(*state);
    }
  }
  return {};
}

Status check_outcomes(const DeliveryQuery& query, const Wording& wording) {
  for (const std::string& outcome : query.outcomes) {
    const bool known = std::ranges::find(outcome_words, outcome) != outcome_words.end();
    if (known || is_status(outcome)) continue;
    Error error = not_a_choice(outcome, outcome_words);
    error.text += ", and no status";
    return std::unexpected(wording.error_of("status", std::move(error)));
  }
  return {};
}

Status read_ids(const DeliveryQuery& query, const Wording& wording, DeliveryFilter& filter) {
  if (query.event) {
    filter.event = parse_event_id(*query.event);
    if (!filter.event) {
      return std::unexpected(wording.error_of(
          "event", {ErrorCode::usage, fmt::format("not a valid event id: \"{}\"", *query.event),
                    "an event id looks like evt_0nvpz4gk20400"}));
    }
  }
  if (query.before) {
    filter.before = parse_delivery_id(*query.before);
    if (!filter.before) {
      return std::unexpected(wording.error_of(
          "before",
          {ErrorCode::usage, fmt::format("not a valid delivery id: \"{}\"", *query.before),
           "a delivery id starts with dlv_"}));
    }
  }
  return {};
}

// Without keys there is still a story, without signatures.
Status read_keys(ConfigStore& config, DeliveryStory& story, Time now) {
  auto secrets = config.secrets(story.endpoint.id, now);
  if (!secrets && secrets.error().code == ErrorCode::key) {
    story.no_keys = std::move(secrets).error();
    return {};
  }
  if (!secrets) return std::unexpected(std::move(secrets).error());
  for (Secret& secret : *secrets) {
    story.keys.push_back(signing_key(secret.text));
    wipe(secret.text);
  }
  return {};
}

}  // namespace

std::span<const std::string> delivery_states() {
  return state_words;
}

std::span<const std::string> delivery_outcomes() {
  return outcome_words;
}

bool DeliveryQuery::only_event() const {
  return event && !webhook && states.empty() && type.empty() && outcomes.empty() && !since &&
         !until && !before;
}

Result<DeliveryFilter> read_query(const DeliveryQuery& query, Time now, const Wording& wording) {
  DeliveryFilter filter;
  THIG_TRY(read_states(query, wording, filter));
  THIG_TRY(check_outcomes(query, wording));
  THIG_TRY(read_ids(query, wording, filter));
  THIG_TRY_ASSIGN(range, parse_time_range(query.since, query.until, now, wording));
  filter.since = range.since;
  filter.until = range.until;
  filter.type = query.type;
  filter.outcomes = query.outcomes;
  filter.limit = query.limit;
  return filter;
}

Result<DeliveryFilter> read_query(Store& store, const DeliveryQuery& query, Time now,
                                  const Wording& wording) {
  THIG_TRY_ASSIGN(filter, read_query(query, now, wording));
  if (query.webhook) {
    THIG_TRY_ASSIGN(endpoint, find_webhook(store.config(), *query.webhook));
    filter.endpoint = endpoint.id;
  }
  if (filter.event) THIG_TRY(store.history().event(*filter.event));
  return filter;
}

std::optional<DeliveryId> FoundDeliveries::next() const {
  return more ? std::optional(deliveries.back().id) : searched_to;
}

// One more than asked for, to know whether there are more.
Result<FoundDeliveries> find_deliveries(HistoryStore& store, DeliveryFilter filter) {
  const std::size_t limit = filter.limit++;
  THIG_TRY_ASSIGN(page, store.search(filter));
  FoundDeliveries found{.deliveries = std::move(page.deliveries)};
  found.more = found.deliveries.size() > limit;
  if (found.more) found.deliveries.pop_back();
  if (!found.more) found.searched_to = page.searched_to;
  return found;
}

std::vector<ShownHeader> DeliveryStory::request_headers(const Attempt& attempt) const {
  return shown_headers(endpoint, keys, timeline.delivery.id, timeline.body, attempt.started_at);
}

bool DeliveryStory::changed_since(const Attempt& attempt) const {
  return endpoint.updated_at > attempt.started_at;
}

Result<DeliveryStory> read_story(Store& store, DeliveryId id, Time now) {
  DeliveryStory story;
  THIG_TRY_ASSIGN(timeline, store.history().timeline(id));
  story.timeline = std::move(timeline);
  THIG_TRY_ASSIGN(endpoint, store.config().find_endpoint(to_text(id.endpoint)));
  story.endpoint = std::move(endpoint);
  THIG_TRY_ASSIGN(health, store.queue().health(id.endpoint));
  story.why = why(story.timeline.delivery, story.endpoint, health, now);
  if (!story.timeline.attempts.empty()) THIG_TRY(read_keys(store.config(), story, now));
  return story;
}

Result<std::vector<ToldReception>> tell_receptions(Store& store, const Event& event, Time now) {
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  DeliveryFilter filter;
  filter.event = event.id;
  filter.limit = endpoints.size() + 1;
  THIG_TRY_ASSIGN(deliveries, store.history().deliveries(filter));
  EventFacts facts{.id = event.id, .type = event.type, .body = event.body};
  std::unordered_map<EndpointId, const Delivery*> by_endpoint;
  for (const Delivery& delivery : deliveries) {
    by_endpoint[delivery.id.endpoint] = &delivery;
    facts.test = facts.test || delivery.state == DeliveryState::test;
  }
  std::vector<ToldReception> told;
  told.reserve(endpoints.size());
  for (Endpoint& endpoint : endpoints) {
    const auto found = by_endpoint.find(endpoint.id);
    const Delivery* delivery = found == by_endpoint.end() ? nullptr : found->second;
    EndpointHealth health;
    if (delivery && delivery->state == DeliveryState::pending) {
      THIG_TRY_ASSIGN(stored, store.queue().health(endpoint.id));
      health = stored;
    }
    auto explanation = explain(facts, endpoint, health, delivery, now);
    told.push_back({.endpoint = std::move(endpoint),
                    .delivery = delivery ? std::optional(delivery->id) : std::nullopt,
                    .explanation = std::move(explanation)});
  }
  return told;
}

}  // namespace thig

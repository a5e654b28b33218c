#include "core/api/recovery_flow.h"

#include "core/api/delivery_query.h"
#include "core/base/codec.h"
#include "core/rules/recovery_ramp.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> recoverable_words = {"dead", "missed"};

// All that these are of: the one webhook, or every one that there is.
RecoveryChoice choice_of(std::span<const RecoveryShare> shares) {
  RecoveryChoice choice = shares.front().choice;
  if (shares.size() > 1) choice.endpoint.reset();
  return choice;
}

template <class One>
void share_out(std::unordered_map<EndpointId, One> of_webhooks, std::span<RecoveryShare> shares,
               One RecoveryShare::*into) {
  for (RecoveryShare& share : shares) {
    const auto found = of_webhooks.find(share.endpoint.id);
    if (found != of_webhooks.end()) share.*into = std::move(found->second);
  }
}

std::unexpected<Error> nothing_changed() {
  return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
}

struct ShareWords {
  std::string_view done;  // "cancelled"
  std::string_view rest;  // "the rest is still pending"
};
constexpr ShareWords recovering{.done = "queued", .rest = "the rest is unchanged"};
constexpr ShareWords cancelling{.done = "cancelled", .rest = "the rest is still pending"};

std::unexpected<Error> failed_after(Error error, std::int64_t done, const ShareWords& words) {
  error.text += fmt::format(" ({} already {})", done, words.done);
  return std::unexpected(std::move(error));
}

std::unexpected<Error> stopped_after(std::int64_t done, const ShareWords& words) {
  return fail(ErrorCode::interrupted,
              fmt::format("interrupted: {} {}, {}", done, words.done, words.rest),
              "run the same command again to do the rest");
}

}  // namespace

Result<DeliveryId> read_delivery_id(std::string_view text) {
  if (const auto id = parse_delivery_id(text)) return *id;
  return fail(ErrorCode::not_found, fmt::format("there is no delivery \"{}\"", printable(text)),
              {"`", Operation{"deliveries"}, "` lists them; they start with dlv_"});
}

Result<std::vector<DeliveryId>> read_delivery_ids(std::string_view lines) {
  std::vector<DeliveryId> ids;
  for (const std::string_view line : filled_lines(lines)) {
    THIG_TRY_ASSIGN(id, read_delivery_id(line));
    ids.push_back(id);
  }
  return ids;
}

Result<WebhookNames> WebhookNames::load(Store& store) {
  WebhookNames names;
  THIG_TRY_ASSIGN(endpoints, store.config().endpoint_summaries());
  names.endpoints_ = std::move(endpoints);
  std::ranges::sort(names.endpoints_, {}, &EndpointSummary::id);
  return names;
}

const EndpointSummary* WebhookNames::find(EndpointId id) const {
  const auto found = std::ranges::lower_bound(endpoints_, id, {}, &EndpointSummary::id);
  return found != endpoints_.end() && found->id == id ? &*found : nullptr;
}

std::string WebhookNames::name(EndpointId id) const {
  const EndpointSummary* endpoint = find(id);
  return endpoint ? endpoint->name : std::string();
}

std::int64_t RetryReport::changed() const {
  return std::ranges::count(retried, false, &Retried::due_already);
}

std::vector<const EndpointSummary*> RetryReport::webhooks() const {
  std::vector<const EndpointSummary*> webhooks;
  std::unordered_set<EndpointId> seen;
  for (const Retried& one : retried) {
    const EndpointSummary* webhook = names.find(one.id.endpoint);
    if (webhook && seen.insert(webhook->id).second) webhooks.push_back(webhook);
  }
  return webhooks;
}

Result<RetryReport> retry_deliveries(Store& store, Recovery& recovery,
                                     std::span<const DeliveryId> ids) {
  THIG_TRY_ASSIGN(retried, recovery.retry(ids));
  THIG_TRY_ASSIGN(names, WebhookNames::load(store));
  return RetryReport{.retried = std::move(retried), .names = std::move(names)};
}

Result<std::vector<DeliveryId>> deliveries_of_event(Store& store, Recovery& recovery,
                                                    std::string_view event,
                                                    const std::optional<std::string>& webhook) {
  const auto id = parse_event_id(event);
  if (!id) {
    return fail(ErrorCode::not_found, fmt::format("there is no event \"{}\"", event),
                "they start with evt_");
  }
  std::optional<Endpoint> endpoint;
  if (webhook) {
    THIG_TRY_ASSIGN(found, find_webhook(store.config(), *webhook));
    endpoint = std::move(found);
    THIG_TRY(recovery.record_unsent(*id, *endpoint));
  }
  DeliveryFilter filter;
  filter.event = *id;
  if (endpoint) filter.endpoint = endpoint->id;
  filter.limit = most_named_deliveries + 1;
  THIG_TRY_ASSIGN(page, find_deliveries(store.history(), filter));
  std::vector<DeliveryId> ids;
  for (const Delivery& delivery : page.deliveries) ids.push_back(delivery.id);
  if (!ids.empty()) return ids;
  if (endpoint) {
    return fail(ErrorCode::not_found,
                fmt::format("the webhook {} has no delivery of {}", endpoint->name, event),
                "it must subscribe to the event's type, the event must meet its conditions, and "
                "must still be kept");
  }
  return fail(ErrorCode::not_found, fmt::format("the event {} has no deliveries", event),
              {"no webhook was to get it; for one that would get it now: ",
               Operation{"retry", {}, {{"event", std::string(event)}, {"webhook", "WEBHOOK"}}}});
}

std::span<const std::string> recoverable_states() {
  return recoverable_words;
}

Status check_recoverable(std::string_view state) {
  if (std::ranges::find(recoverable_words, state) != recoverable_words.end()) return {};
  return std::unexpected(not_a_choice(state, recoverable_words));
}

Result<RecoveryChoice> read_query(const RecoveryQuery& query, Time now, const Wording& wording) {
  for (const std::string& state : query.states) {
    if (auto checked = check_recoverable(state); !checked) {
      return std::unexpected(wording.error_of("state", std::move(checked).error()));
    }
  }
  const auto wants = [&](std::string_view state) {
    return query.states.empty() || std::ranges::find(query.states, state) != query.states.end();
  };
  if (query.backfill && !wants("missed")) {
    return std::unexpected(wording.error_of(
        "backfill",
        {ErrorCode::usage, "records events as missed: missed must be one of the states", {}}));
  }
  THIG_TRY_ASSIGN(range, parse_time_range(query.since, query.until, now, wording));
  return RecoveryChoice{.endpoint = {},
                        .since = range.since.value_or(Time{}),
                        .before = range.until,
                        .dead = wants("dead"),
                        .missed = wants("missed")};
}

Result<std::vector<RecoveryShare>> choose_shares(Store& store,
                                                 const std::optional<std::string>& webhook,
                                                 const RecoveryChoice& choice) {
  std::vector<EndpointSummary> endpoints;
  if (webhook) {
    THIG_TRY_ASSIGN(found, find_webhook(store.config(), *webhook));
    endpoints.push_back(summary_of(std::move(found)));
  } else {
    THIG_TRY_ASSIGN(found, store.config().endpoint_summaries());
    endpoints = std::move(found);
  }
  std::vector<RecoveryShare> shares;
  shares.reserve(endpoints.size());
  for (EndpointSummary& endpoint : endpoints) {
    RecoveryShare& share = shares.emplace_back();
    share.choice = choice;
    share.choice.endpoint = endpoint.id;
    share.endpoint = std::move(endpoint);
  }
  return shares;
}

std::int64_t total_of(std::span<const RecoveryShare> shares) {
  std::int64_t total = 0;
  for (const RecoveryShare& share : shares) total += total_of(share.counts);
  return total;
}

std::int64_t done_of(std::span<const RecoveryShare> shares) {
  std::int64_t done = 0;
  for (const RecoveryShare& share : shares) done += share.done.count;
  return done;
}

Millis time_to_recover(std::span<const RecoveryShare> shares,
                       std::optional<double> most_per_second) {
  Millis longest{0};
  for (const RecoveryShare& share : shares) {
    longest = std::max(longest, ramp_wait(total_of(share.counts) - 1, most_per_second));
  }
  return longest;
}

Status count_ended(Recovery& recovery, std::span<RecoveryShare> shares,
                   const Recovery::Watch& watch) {
  if (shares.empty()) return {};
  THIG_TRY_ASSIGN(counts, recovery.count_ended(choice_of(shares), watch));
  if (!counts) return nothing_changed();
  share_out(std::move(*counts), shares, &RecoveryShare::counts);
  return {};
}

Status recover(Recovery& recovery, std::span<RecoveryShare> shares,
               std::optional<double> most_per_second, const Recovery::Watch& watch) {
  if (shares.empty()) return {};
  std::int64_t so_far = 0;
  auto done = recovery.recover(choice_of(shares), most_per_second, [&](std::int64_t count) {
    so_far = count;
    return watch(count);
  });
  if (!done) return failed_after(std::move(done).error(), so_far, recovering);
  share_out(std::move(done->webhooks), shares, &RecoveryShare::done);
  if (done->stopped) return stopped_after(so_far, recovering);
  return {};
}

Status count_unsent(Store& store, Recovery& recovery, RecoveryShare& share,
                    const Recovery::Watch& watch) {
  THIG_TRY_ASSIGN(webhook, find_webhook(store.config(), to_text(share.endpoint.id)));
  THIG_TRY_ASSIGN(counts, recovery.count_unsent(share.choice, webhook, watch));
  if (!counts) return nothing_changed();
  share.counts.insert(share.counts.end(), counts->begin(), counts->end());
  return {};
}

Status record_unsent(Store& store, Recovery& recovery, const RecoveryShare& share,
                     const Recovery::Watch& watch) {
  THIG_TRY_ASSIGN(webhook, find_webhook(store.config(), to_text(share.endpoint.id)));
  THIG_TRY_ASSIGN(counts, recovery.record_unsent(share.choice, webhook, watch));
  return counts ? Status() : stopped_after(0, recovering);
}

Status count_pending(Recovery& recovery, RecoveryShare& share, const Recovery::Watch& watch) {
  THIG_TRY_ASSIGN(counts, recovery.count_pending(share.choice, watch));
  if (!counts) return nothing_changed();
  share.counts = std::move(*counts);
  return {};
}

Status cancel_pending(Recovery& recovery, RecoveryShare& share, const Recovery::Watch& watch) {
  std::int64_t so_far = 0;
  auto done = recovery.cancel_pending(share.choice, [&](std::int64_t count) {
    so_far = count;
    return watch(count);
  });
  if (!done) return failed_after(std::move(done).error(), so_far, cancelling);
  share.done.count = done->count;
  if (done->stopped) return stopped_after(so_far, cancelling);
  return {};
}

}  // namespace thig

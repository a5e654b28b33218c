#include "core/api/recovery_flow.h"

#include "core/base/codec.h"
#include "core/rules/recovery_ramp.h"
#include "core/setup/webhooks.h"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> recoverable_words = {"dead", "missed"};

using Counted = Result<std::optional<std::vector<DeliveryCount>>>;

Status count_shares(
    std::span<RecoveryShare> shares, const Recovery::Watch& watch,
    const std::function<Counted(const RecoveryChoice&, const Recovery::Watch&)>& count) {
  std::int64_t before = 0;
  for (RecoveryShare& share : shares) {
    THIG_TRY_ASSIGN(
        counts, count(share.choice, [&](std::int64_t so_far) { return watch(before + so_far); }));
    if (!counts) return fail(ErrorCode::interrupted, "interrupted; nothing was changed");
    share.counts = std::move(*counts);
    before += total_of(share.counts);
  }
  return {};
}

struct ShareWords {
  std::string_view done;  // "cancelled"
  std::string_view rest;  // "the rest is still pending"
};

Status carry_out(
    std::span<RecoveryShare> shares, const Recovery::Watch& watch, const ShareWords& words,
    const std::function<Result<Recovered>(const RecoveryChoice&, const Recovery::Watch&)>& step) {
  std::int64_t so_far = 0;
  bool goes_on = true;
  for (RecoveryShare& share : shares) {
    const std::int64_t before = so_far;
    auto done = step(share.choice, [&](std::int64_t count) {
      so_far = before + count;
      goes_on = watch(so_far);
      return goes_on;
    });
    if (!done) {
      Error error = std::move(done).error();
      error.text += fmt::format(" ({} {} before)", so_far, words.done);
      return std::unexpected(std::move(error));
    }
    share.done = *done;
    const bool last = &share == &shares.back();
    if (done->stopped || (!goes_on && !last)) {
      return fail(ErrorCode::interrupted,
                  fmt::format("interrupted: {} {}, {}", so_far, words.done, words.rest),
                  "the same command goes on with the rest");
    }
  }
  return {};
}

}  // namespace

Result<DeliveryId> read_delivery_id(std::string_view text) {
  if (const auto id = parse_delivery_id(text)) return *id;
  return fail(ErrorCode::not_found, fmt::format("there is no delivery \"{}\"", printable(text)),
              {"`", Operation{"deliveries"}, "` lists them; they start with dlv_"});
}

Result<std::vector<DeliveryId>> read_delivery_ids(std::string_view lines) {
  std::vector<DeliveryId> ids;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (!line.empty()) {
      THIG_TRY_ASSIGN(id, read_delivery_id(line));
      ids.push_back(id);
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return ids;
}

Result<WebhookNames> WebhookNames::load(Store& store) {
  WebhookNames names;
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  names.endpoints_ = std::move(endpoints);
  std::ranges::sort(names.endpoints_, {}, &Endpoint::id);
  return names;
}

const Endpoint* WebhookNames::find(EndpointId id) const {
  const auto found = std::ranges::lower_bound(endpoints_, id, {}, &Endpoint::id);
  return found != endpoints_.end() && found->id == id ? &*found : nullptr;
}

std::string WebhookNames::name(EndpointId id) const {
  const Endpoint* endpoint = find(id);
  return endpoint ? endpoint->name : std::string();
}

std::int64_t RetryReport::changed() const {
  return std::ranges::count(retried, false, &Retried::due_already);
}

std::vector<const Endpoint*> RetryReport::webhooks() const {
  std::vector<const Endpoint*> webhooks;
  std::unordered_set<EndpointId> seen;
  for (const Retried& one : retried) {
    const Endpoint* webhook = names.find(one.id.endpoint);
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

std::span<const std::string> recoverable_states() {
  return recoverable_words;
}

Result<RecoveryChoice> read_query(const RecoveryQuery& query, Time now, const Wording& wording) {
  for (const std::string& state : query.states) {
    if (std::ranges::find(recoverable_words, state) != recoverable_words.end()) continue;
    return std::unexpected(wording.error_of("state", not_a_choice(state, recoverable_words)));
  }
  const auto wants = [&](std::string_view state) {
    return query.states.empty() || std::ranges::find(query.states, state) != query.states.end();
  };
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
  std::vector<Endpoint> endpoints;
  if (webhook) {
    THIG_TRY_ASSIGN(found, find_webhook(store.config(), *webhook));
    endpoints.push_back(std::move(found));
  } else {
    THIG_TRY_ASSIGN(found, store.config().endpoints());
    endpoints = std::move(found);
  }
  std::vector<RecoveryShare> shares;
  for (Endpoint& endpoint : endpoints) {
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
  return count_shares(shares, watch,
                      [&](const RecoveryChoice& choice, const Recovery::Watch& counted) {
                        return recovery.count_ended(choice, counted);
                      });
}

Status recover(Recovery& recovery, std::span<RecoveryShare> shares,
               std::optional<double> most_per_second, const Recovery::Watch& watch) {
  return carry_out(shares, watch, {.done = "queued again", .rest = "the rest is as it was"},
                   [&](const RecoveryChoice& choice, const Recovery::Watch& queued) {
                     return recovery.recover(choice, most_per_second, queued);
                   });
}

Status count_pending(Recovery& recovery, std::span<RecoveryShare> shares,
                     const Recovery::Watch& watch) {
  return count_shares(shares, watch,
                      [&](const RecoveryChoice& choice, const Recovery::Watch& counted) {
                        return recovery.count_pending(choice, counted);
                      });
}

Status cancel_pending(Recovery& recovery, std::span<RecoveryShare> shares,
                      const Recovery::Watch& watch) {
  return carry_out(shares, watch, {.done = "cancelled", .rest = "the rest is still pending"},
                   [&](const RecoveryChoice& choice, const Recovery::Watch& cancelled) {
                     return recovery.cancel_pending(choice, cancelled);
                   });
}

}  // namespace thig

#include "core/care/recovery.h"

#include "core/rules/access.h"
#include "core/rules/event_conditions.h"
#include "core/rules/filter.h"
#include "core/rules/recovery_ramp.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// Rows changed in one transaction, which ends sooner where others wait (store/bounds.h). The more
// there are, the more of them share a page that is written.
constexpr std::size_t rows_at_once = 1'500;
// Rows looked at in one go when they are only counted.
constexpr std::size_t rows_counted_at_once = 5'000;

EventRange events_of(const RecoveryChoice& choice) {
  EventRange range;
  range.first = first_event_id_at(choice.since);
  if (choice.before) range.end = first_event_id_at(*choice.before);
  return range;
}

EndedRange ended_range(const RecoveryChoice& choice) {
  return {.endpoint = choice.endpoint,
          .events = events_of(choice),
          .dead = choice.dead,
          .missed = choice.missed};
}

PendingRange pending_range(const RecoveryChoice& choice) {
  return {
      .endpoint = choice.endpoint.value_or(EndpointId{}), .events = events_of(choice), .after = {}};
}

// The webhook must outlive it.
UnsentRange unsent_range(const Endpoint& webhook, const EventRange& events) {
  UnsentRange range{
      .endpoint = webhook.id, .events = events, .wanted = [&webhook](std::string_view type) {
        return subscribes(webhook.events, type);
      }};
  if (webhook.conditions.empty()) return range;
  range.wanted_body = [&webhook](std::string_view body) {
    return first_unmet(webhook.conditions, body) == nullptr;
  };
  return range;
}

// In their order, each once.
Result<std::vector<DeliveryId>> each_once(std::span<const DeliveryId> ids) {
  std::vector<DeliveryId> once;
  std::vector<DeliveryId> seen(ids.begin(), ids.end());
  std::ranges::sort(seen);
  std::vector<bool> taken(seen.size(), false);
  for (const DeliveryId& id : ids) {
    const auto place = static_cast<std::size_t>(std::ranges::lower_bound(seen, id) - seen.begin());
    if (taken[place]) continue;
    taken[place] = true;
    once.push_back(id);
  }
  if (once.size() <= most_named_deliveries) return once;
  return fail(ErrorCode::usage,
              fmt::format("too many deliveries in one call: {} (at most {})", once.size(),
                          most_named_deliveries),
              "select them by webhook and time instead");
}

// What a later part of a request has failed with does not take back the earlier ones.
std::unexpected<Error> after_some(Error error, std::size_t count, std::string_view what) {
  if (count > 0) {
    error.text += fmt::format(" ({} already {})", count, what);
    error.hint = {};
  }
  return std::unexpected(std::move(error));
}

void add_up(std::vector<DeliveryCount>& sums, std::vector<DeliveryCount> counts) {
  for (DeliveryCount& one : counts) {
    const auto same = std::ranges::find_if(sums, [&](const DeliveryCount& sum) {
      return sum.state == one.state && sum.event_type == one.event_type;
    });
    if (same != sums.end()) {
      same->count += one.count;
    } else {
      sums.push_back(std::move(one));
    }
  }
}

}  // namespace

std::int64_t total_of(std::span<const DeliveryCount> counts) {
  std::int64_t total = 0;
  for (const DeliveryCount& one : counts) total += one.count;
  return total;
}

std::int64_t total_of(const CountsByWebhook& counts) {
  std::int64_t total = 0;
  for (const auto& [endpoint, of_one] : counts) total += total_of(of_one);
  return total;
}

Recovery::Recovery(RecoveryStore& recovery, QueueStore& queue, const Clock& clock, Member actor)
    : recovery_(recovery), queue_(queue), clock_(clock), actor_(std::move(actor)) {}

Result<Time> Recovery::dispatcher_now() {
  const Time wall = clock_.now().wall;
  THIG_TRY_ASSIGN(floor, queue_.time_floor(wall));
  return std::max(wall, floor);
}

Result<std::vector<Retried>> Recovery::retry(std::span<const DeliveryId> ids) {
  THIG_TRY(check_access(actor_, Action::retry));
  THIG_TRY_ASSIGN(once, each_once(ids));
  THIG_TRY_ASSIGN(now, dispatcher_now());
  std::vector<Retried> retried;
  while (retried.size() < once.size()) {
    auto part = recovery_.retry(std::span(once).subspan(retried.size()), now);
    if (!part) return after_some(std::move(part).error(), retried.size(), "queued");
    retried.insert(retried.end(), part->begin(), part->end());
  }
  return retried;
}

Result<Cancelled> Recovery::cancel(std::span<const DeliveryId> ids) {
  THIG_TRY(check_access(actor_, Action::retry));
  THIG_TRY_ASSIGN(once, each_once(ids));
  Cancelled done;
  for (std::size_t looked_at = 0; looked_at < once.size();) {
    const Unfit unfit = looked_at == 0 ? Unfit::refuse : Unfit::skip;
    auto part = recovery_.cancel(std::span(once).subspan(looked_at), clock_.now().wall, unfit);
    if (!part) return after_some(std::move(part).error(), done.count, "cancelled");
    looked_at += part->looked_at;
    done.count += part->cancelled;
    done.ended_meanwhile += part->looked_at - part->cancelled;
  }
  return done;
}

Result<std::optional<CountsByWebhook>> Recovery::count_ended(const RecoveryChoice& choice,
                                                             const Watch& watch) {
  THIG_TRY(check_access(actor_, Action::retry));
  EndedRange range = ended_range(choice);
  CountsByWebhook sums;
  std::int64_t counted = 0;
  for (;;) {
    THIG_TRY_ASSIGN(part, recovery_.count_ended(range, rows_counted_at_once));
    counted += total_of(part.counts);
    for (auto& [endpoint, counts] : part.counts) add_up(sums[endpoint], std::move(counts));
    if (!watch(counted)) return std::nullopt;
    if (!part.rest) return sums;
    range.after = part.rest;
  }
}

Result<RecoveredRange> Recovery::recover(const RecoveryChoice& choice,
                                         std::optional<double> most_per_second,
                                         const Watch& watch) {
  THIG_TRY(check_access(actor_, Action::retry));
  THIG_TRY_ASSIGN(start, dispatcher_now());
  EndedRange range = ended_range(choice);
  RecoveredRange done;
  const auto next_due = [&](EndpointId endpoint) {
    Recovered& webhook = done.webhooks[endpoint];
    webhook.last_due = start + ramp_wait(webhook.count++, most_per_second);
    return *webhook.last_due;
  };
  for (;;) {
    THIG_TRY_ASSIGN(part, recovery_.requeue_ended(range, rows_at_once, start, next_due));
    done.count += total_of(part.counts);
    const bool goes_on = watch(done.count);
    if (!part.rest) return done;
    range.after = part.rest;
    done.stopped = !goes_on;
    if (done.stopped) return done;
  }
}

template <class Look>
Result<std::optional<std::vector<DeliveryCount>>> Recovery::visit_unsent(
    const RecoveryChoice& choice, const Endpoint& webhook, const Watch& watch, const Look& look) {
  THIG_TRY(check_access(actor_, Action::retry));
  UnsentRange range = unsent_range(webhook, events_of(choice));
  std::vector<DeliveryCount> sums;
  for (;;) {
    THIG_TRY_ASSIGN(part, look(range));
    add_up(sums, std::move(part.counts));
    if (!watch(total_of(sums))) return std::nullopt;
    if (!part.rest) return sums;
    range.after = part.rest;
  }
}

Result<std::optional<std::vector<DeliveryCount>>> Recovery::count_unsent(
    const RecoveryChoice& choice, const Endpoint& webhook, const Watch& watch) {
  return visit_unsent(choice, webhook, watch, [&](const UnsentRange& range) {
    return recovery_.count_unsent(range, rows_counted_at_once);
  });
}

Result<std::optional<std::vector<DeliveryCount>>> Recovery::record_unsent(
    const RecoveryChoice& choice, const Endpoint& webhook, const Watch& watch) {
  return visit_unsent(choice, webhook, watch, [&](const UnsentRange& range) {
    return recovery_.record_unsent(range, rows_at_once, clock_.now().wall);
  });
}

Status Recovery::record_unsent(EventId event, const Endpoint& webhook) {
  THIG_TRY(check_access(actor_, Action::retry));
  const UnsentRange range = unsent_range(webhook, {.first = event, .end = {event.value + 1}});
  THIG_TRY(recovery_.record_unsent(range, 1, clock_.now().wall));
  return {};
}

Result<std::optional<std::vector<DeliveryCount>>> Recovery::count_pending(
    const RecoveryChoice& choice, const Watch& watch) {
  THIG_TRY(check_access(actor_, Action::retry));
  PendingRange range = pending_range(choice);
  std::vector<DeliveryCount> sums;
  for (;;) {
    THIG_TRY_ASSIGN(part, recovery_.count_pending(range, rows_counted_at_once));
    add_up(sums, std::move(part.counts));
    if (!watch(total_of(sums))) return std::nullopt;
    if (!part.rest) return sums;
    range.after = part.rest;
  }
}

Result<CancelledRange> Recovery::cancel_pending(const RecoveryChoice& choice, const Watch& watch) {
  THIG_TRY(check_access(actor_, Action::retry));
  PendingRange range = pending_range(choice);
  CancelledRange done;
  for (;;) {
    THIG_TRY_ASSIGN(part, recovery_.cancel_pending(range, rows_at_once, clock_.now().wall));
    done.count += total_of(part.counts);
    const bool goes_on = watch(done.count);
    if (!part.rest) return done;
    range.after = part.rest;
    done.stopped = !goes_on;
    if (done.stopped) return done;
  }
}

}  // namespace thig

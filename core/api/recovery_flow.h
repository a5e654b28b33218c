// Deliveries brought back or called off, as it is asked for in words: `retry`, `recover` and
// `cancel` of every front end.
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/care/recovery.h"
#include "core/store/store.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// `not_found` for what is no delivery's id.
Result<DeliveryId> read_delivery_id(std::string_view text);
// One a line; blank lines are passed over.
Result<std::vector<DeliveryId>> read_delivery_ids(std::string_view lines);

// Webhooks by id, for their names and states.
class WebhookNames {
 public:
  static Result<WebhookNames> load(Store& store);
  // Null if it is gone.
  const EndpointSummary* find(EndpointId id) const;
  // Empty if it is gone.
  std::string name(EndpointId id) const;

 private:
  std::vector<EndpointSummary> endpoints_;
};

// Deliveries that were named and are due now.
struct RetryReport {
  std::vector<Retried> retried;
  WebhookNames names;

  // Of those that were not due before.
  std::int64_t changed() const;
  // Theirs, each once; not those that are gone.
  std::vector<const EndpointSummary*> webhooks() const;
};
// Errors as of Recovery::retry.
Result<RetryReport> retry_deliveries(Store& store, Recovery& recovery,
                                     std::span<const DeliveryId> ids);

// The deliveries of an event, of one webhook or of all. A webhook that has none and subscribes to
// the event gets one, as missed. `not_found` if there is no such event or webhook, or nothing to
// send.
Result<std::vector<DeliveryId>> deliveries_of_event(Store& store, Recovery& recovery,
                                                    std::string_view event,
                                                    const std::optional<std::string>& webhook);

// The states that can be recovered.
std::span<const std::string> recoverable_states();
// `usage` for another word.
Status check_recoverable(std::string_view state);

// Deliveries meant by webhook and time. The fields are named as here; "state" is that of `states`.
struct RecoveryQuery {
  std::optional<std::string> webhook{};  // by name or id; without it every webhook
  std::optional<std::string> since{};    // moments
  std::optional<std::string> until{};
  std::vector<std::string> states{};  // none: all that can be recovered
  // Also events that one webhook has no delivery of: recorded as missed, so that must be among the
  // states.
  bool backfill = false;
};
// What can be told without a database: of no webhook yet. `usage`, naming the field.
Result<RecoveryChoice> read_query(const RecoveryQuery& query, Time now, const Wording& wording);

// What is meant of one webhook, and what has been done with it.
struct RecoveryShare {
  EndpointSummary endpoint;
  RecoveryChoice choice;
  std::vector<DeliveryCount> counts{};
  Recovered done{};
};
// `choice` for the webhook that is named, or for each that there is; `not_found`.
Result<std::vector<RecoveryShare>> choose_shares(Store& store,
                                                 const std::optional<std::string>& webhook,
                                                 const RecoveryChoice& choice);
std::int64_t total_of(std::span<const RecoveryShare> shares);
std::int64_t done_of(std::span<const RecoveryShare> shares);
// From the first to the last that becomes due, of the webhook that takes longest.
Millis time_to_recover(std::span<const RecoveryShare> shares,
                       std::optional<double> most_per_second);

// These count, and then do; for all shares together, which are of one webhook or of all that there
// are. `watch` is called now and then with the number so far; when it says no, it ends there:
// `interrupted`, which tells what has been done. What an error has interrupted stays done, too.
Status count_ended(Recovery& recovery, std::span<RecoveryShare> shares,
                   const Recovery::Watch& watch);
Status recover(Recovery& recovery, std::span<RecoveryShare> shares,
               std::optional<double> most_per_second, const Recovery::Watch& watch);
// The same of events that a webhook subscribes to, whose conditions they meet, and that it has no
// delivery of: they are counted, as missed, and recorded as such, so that `recover` takes them up.
Status count_unsent(Store& store, Recovery& recovery, RecoveryShare& share,
                    const Recovery::Watch& watch);
Status record_unsent(Store& store, Recovery& recovery, const RecoveryShare& share,
                     const Recovery::Watch& watch);
Status count_pending(Recovery& recovery, RecoveryShare& share, const Recovery::Watch& watch);
Status cancel_pending(Recovery& recovery, RecoveryShare& share, const Recovery::Watch& watch);

}  // namespace thig

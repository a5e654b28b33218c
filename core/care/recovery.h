// Bringing deliveries back and taking them out: the role, the choice, the pace and the pieces that
// many are done in, for every front end alike.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/model/member.h"
#include "core/store/queue_store.h"
#include "core/store/recovery_store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace thig {

// The most that can be named in one call.
inline constexpr std::size_t most_named_deliveries = 1000;

// Deliveries, chosen by their webhook and by when their events were emitted.
struct RecoveryChoice {
  std::optional<EndpointId> endpoint;  // to recover: or of all
  Time since{};                        // emitted then or later
  std::optional<Time> before;          // emitted earlier than this
  bool dead = true;                    // for recover
  bool missed = true;
};

struct Recovered {
  std::int64_t count = 0;
  std::optional<Time> last_due;  // of the last one; nothing if there was none
};
struct RecoveredRange {
  std::unordered_map<EndpointId, Recovered> webhooks;  // those of which there were some
  std::int64_t count = 0;                              // of all together
  bool stopped = false;                                // before the end; what is done stays done
};

struct CancelledRange {
  std::int64_t count = 0;
  bool stopped = false;  // likewise
};

struct Cancelled {
  std::size_t count = 0;
  std::size_t ended_meanwhile = 0;  // while the others were cancelled
};

std::int64_t total_of(std::span<const DeliveryCount> counts);
std::int64_t total_of(const CountsByWebhook& counts);

class Recovery {
 public:
  // Everything needs the right to retry: `not_permitted` without it.
  Recovery(RecoveryStore& recovery, QueueStore& queue, const Clock& clock, Member actor);

  // Called after each transaction with the number of deliveries so far; false stops there.
  using Watch = std::function<bool(std::int64_t done)>;

  // All of them, or none if RecoveryStore::retry refuses one; many in several transactions. Ids
  // that come twice count once; `usage` for more than most_named_deliveries.
  Result<std::vector<Retried>> retry(std::span<const DeliveryId> ids);
  // The same; what ends between two of the transactions is passed over.
  Result<Cancelled> cancel(std::span<const DeliveryId> ids);

  // What `recover` would queue, by state and event type. Nothing if it was stopped.
  Result<std::optional<CountsByWebhook>> count_ended(const RecoveryChoice& choice,
                                                     const Watch& watch);
  // Queues them again, oldest event first, each webhook's at the pace of rules/recovery_ramp.h.
  // What dies again meanwhile is not taken up a second time.
  Result<RecoveredRange> recover(const RecoveryChoice& choice,
                                 std::optional<double> most_per_second, const Watch& watch);

  // Of one webhook: events that it subscribes to and has no delivery of, such as those from before
  // it was added. Counted, or recorded as missed, so that `recover` sends them. Nothing if it was
  // stopped; what is recorded then stays.
  // It gets what meets its conditions, as they are in `webhook`; of the choice only the times
  // count.
  Result<std::optional<std::vector<DeliveryCount>>> count_unsent(const RecoveryChoice& choice,
                                                                 const Endpoint& webhook,
                                                                 const Watch& watch);
  Result<std::optional<std::vector<DeliveryCount>>> record_unsent(const RecoveryChoice& choice,
                                                                  const Endpoint& webhook,
                                                                  const Watch& watch);

  // The same of one event; nothing is done if it is gone, not unsent, or does not meet them.
  Status record_unsent(EventId event, const Endpoint& webhook);

  // These are of one webhook, too.
  Result<std::optional<std::vector<DeliveryCount>>> count_pending(const RecoveryChoice& choice,
                                                                  const Watch& watch);
  Result<CancelledRange> cancel_pending(const RecoveryChoice& choice, const Watch& watch);

 private:
  template <class Look>
  Result<std::optional<std::vector<DeliveryCount>>> visit_unsent(const RecoveryChoice& choice,
                                                                 const Endpoint& webhook,
                                                                 const Watch& watch,
                                                                 const Look& look);
  // The present on the dispatcher's own clock: what is due now is due for it, too.
  Result<Time> dispatcher_now();

  RecoveryStore& recovery_;
  QueueStore& queue_;
  const Clock& clock_;
  Member actor_;
};

}  // namespace thig

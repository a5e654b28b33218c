// Deliveries that members bring back or take out. The rules of store.h hold here. Those that change
// many do a first part of it, which is at least one and no more than others can wait for
// (bounds.h); the caller goes on with the rest.
#pragma once

#include "core/base/error.h"
#include "core/model/delivery.h"
#include "core/store/bounds.h"
#include "core/store/queue_store.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace thig {

// A delivery that is to be made again, as it was before.
struct Retried {
  DeliveryId id;
  DeliveryState was = DeliveryState::pending;
  bool due_already = false;  // it was pending and due, so that nothing was changed
};

// Deliveries of one webhook by their events: from `first` on, before `end`.
struct EventRange {
  EventId first{0};
  EventId end{std::numeric_limits<std::int64_t>::max()};
};
// … or of all webhooks; in the order of their events, and of one event in one that does not change.
struct EndedRange {
  std::optional<EndpointId> endpoint;
  EventRange events;
  bool dead = true;
  bool missed = true;
  std::optional<DeliveryId> after{};
};
struct PendingRange {
  EndpointId endpoint;
  EventRange events;
  std::optional<LaneCursor> after;
};

// Events that one webhook has no delivery of, such as those from before it was added.
struct UnsentRange {
  EndpointId endpoint;
  EventRange events;
  std::function<bool(std::string_view type)> wanted;  // whether it should get events of the type
  // Whether it should get one with this body; asked of those alone that are wanted and unsent.
  // Without it no body is read.
  std::function<bool(std::string_view body)> wanted_body{};
  std::optional<EventId> after{};
};

struct DeliveryCount {
  DeliveryState state = DeliveryState::pending;
  std::string event_type;
  std::int64_t count = 0;
};

using CountsByWebhook = std::unordered_map<EndpointId, std::vector<DeliveryCount>>;

// What one part of a range came to. `rest` is what the next part comes after; nothing: that was
// all.
struct EndedPart {
  CountsByWebhook counts;
  std::optional<DeliveryId> rest;
};
struct PendingPart {
  std::vector<DeliveryCount> counts;
  std::optional<LaneCursor> rest;
};

struct UnsentPart {
  std::vector<DeliveryCount> counts;  // as `missed`
  std::optional<EventId> rest;
};

// What is done with named deliveries that cannot be cancelled: nothing is changed, or they are left
// out, as what ends between two parts of one request is.
enum class Unfit { refuse, skip };
struct CancelledPart {
  std::size_t looked_at = 0;  // of those that were named, from the first
  std::size_t cancelled = 0;
};

// When the next delivery of a webhook is due.
using DueTimes = std::function<Time(EndpointId)>;

// Whatever is changed here raises `recalls` of the webhook (LaneHead), so that a dispatcher forgets
// the rows it has read ahead. The dispatcher's own time (QueueStore::time_floor) is no earlier from
// then on than the time that a method was given as it is now, or as when something is due: what was
// made due by a clock that was wrong for a moment does not wait for that moment. A result that
// comes for a row that is gone or has moved is dropped.
class RecoveryStore {
 public:
  virtual ~RecoveryStore() = default;

  // Makes the first of these pending and due at `due_at`; answers those, in their order; each is
  // named once. What has ended keeps its attempts and their numbers, and its schedule starts again;
  // what waits for a later moment goes on with its schedule. All of them are looked at before any
  // is changed: `not_found`, naming them, if some are not there; `conflict` if one is of a test.
  virtual Result<std::vector<Retried>> retry(std::span<const DeliveryId> ids, Time due_at) = 0;
  // Takes the first of these out of the queue; each is named once. All of them are looked at before
  // any is changed: `not_found`, naming them, if some are not there; `conflict`, naming them with
  // their states, if some are not pending. With Unfit::skip these are passed over instead.
  virtual Result<CancelledPart> cancel(std::span<const DeliveryId> ids, Time now, Unfit unfit) = 0;

  // Counts the first `limit` of the range.
  virtual Result<EndedPart> count_ended(const EndedRange& range, std::size_t limit) = 0;
  // Makes the first of the range pending, oldest event first, at most `limit` of them; `due` is
  // asked once for each, in their order, when it is due, counted from `now`. `not_found` if the
  // webhook is gone.
  virtual Result<EndedPart> requeue_ended(const EndedRange& range, std::size_t limit, Time now,
                                          const DueTimes& due) = 0;

  // Looks at up to `limit` pending rows and counts those within the range.
  virtual Result<PendingPart> count_pending(const PendingRange& range, std::size_t limit) = 0;
  // Looks at up to `limit` pending rows and cancels those within the range.
  virtual Result<PendingPart> cancel_pending(const PendingRange& range, std::size_t limit,
                                             Time now) = 0;

  // Looks at up to `limit` events of the range and counts those that are wanted and unsent. What
  // was emitted as a test is nobody else's.
  virtual Result<UnsentPart> count_unsent(const UnsentRange& range, std::size_t limit) = 0;
  // Looks at up to `limit` events and records those as missed, which requeue_ended takes up.
  // `not_found` if the webhook is gone.
  virtual Result<UnsentPart> record_unsent(const UnsentRange& range, std::size_t limit,
                                           Time now) = 0;
};

}  // namespace thig

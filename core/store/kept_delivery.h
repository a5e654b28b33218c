// Deliveries that members name or that lie in a range: which of them a store may move, and what a
// part of a range has come to.
#pragma once

#include "core/store/recovery_store.h"

#include <span>
#include <string>
#include <vector>

namespace thig {

// What is known of a delivery before it is moved.
struct KeptDelivery {
  DeliveryId id;
  DeliveryState state = DeliveryState::pending;
  int attempts = 0;
  Time due_at{};             // of a pending one
  std::string event_type{};  // where it was asked for
};

// RecoveryStore::retry and cancel: `not_found` if some are not there, `conflict` if one was a test,
// `conflict` if one is not pending. The text names the first of them.
Status check_all_found(std::span<const DeliveryId> not_found);
Status check_no_test(std::span<const KeptDelivery> named);
Status check_all_pending(std::span<const KeptDelivery> named);

bool is_within(const EventRange& range, EventId event);
void count_kept(std::vector<DeliveryCount>& counts, const KeptDelivery& one);
// Of the rows of a range that were read, at most `limit`: with fewer, that was all.
EndedPart ended_part_of(std::span<const KeptDelivery> rows, std::size_t limit);
// The same of pending rows, which are still to be counted.
PendingPart pending_part_of(std::span<const KeptDelivery> rows, std::size_t limit);

}  // namespace thig

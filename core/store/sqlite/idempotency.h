// The idempotency keys of events (table idempotency), and how much space they take.
#pragma once

#include "core/store/deduplication.h"
#include "core/store/sqlite/connection.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace thig::sqlite {

// All of it belongs into a write transaction. The space that all keys take is one number, kept with
// every change of the table, so that asking for it is one seek however many there are.

// What is kept under the key; nothing if it is free at `now`.
Result<std::optional<KeptKey>> find_key(Connection& connection, const std::string& key, Time now);
// Keeps the keys of those events that have one. `ids`: as they were recorded, in the same order,
// and as many.
Status keep_keys(Connection& connection, std::span<const NewEvent> events,
                 std::span<const EventId> ids, Time now);
// `full` if one of the events has a key and there is no space for another (most_kept).
Status check_room_for_keys(Connection& connection, std::span<const NewEvent> events);

// Deletes at most `most` that are free at `now`; answers how many.
Result<std::int64_t> prune_keys(Connection& connection, Time now, std::size_t most);
// Deletes the key of an event that is erased; answers how many that were.
Result<std::int64_t> forget_key(Connection& connection, EventId event);

}  // namespace thig::sqlite

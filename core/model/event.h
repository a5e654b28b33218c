// Events: what happened, as it is told to every webhook that asked for it.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// By what an event is known that its sender may emit again. One namespace for a database, whoever
// uses it. Of an event it keeps nothing but a hash, so nothing that is in its data.
struct IdempotencyKey {
  std::string key;      // 1 to 255 printable ASCII characters
  std::string content;  // content_hash of the event
  // How many bytes all keys that are kept may take; at that limit a new one is refused. Nothing:
  // any amount.
  std::optional<std::uint64_t> most_kept{};
};

// How long a key is kept, from the accept on. After that it is free again.
inline constexpr Millis idempotency_period = std::chrono::hours(24);
inline constexpr std::size_t longest_idempotency_key = 255;

// The same for the same type and data, byte for byte, and for nothing else: SHA-256.
std::string content_hash(std::string_view type, std::string_view data);

// An event that is ready to be recorded: its data is valid JSON within the limits, its type exists,
// and who gets it has been decided (rules/filter.h, rules/event_conditions.h).
struct NewEvent {
  std::string type;
  std::string data;                // JSON, kept byte for byte
  std::vector<EndpointId> queue;   // enabled webhooks that subscribe to it: one queue row each
  std::vector<EndpointId> missed;  // disabled webhooks that subscribe to it: recorded as missed
  std::size_t unmet = 0;  // enabled webhooks that subscribe to it, whose conditions do not hold

  std::optional<IdempotencyKey> idempotency{};  // of what is given to IntakeStore::accept alone

  // What it takes up in a transaction: itself, its key, and one for each webhook.
  std::size_t rows() const { return 1 + (idempotency ? 1u : 0u) + queue.size() + missed.size(); }
};

// The largest `data` of an event.
inline constexpr std::size_t max_event_data = 1u << 20;

struct Event {
  EventId id;
  std::string type;
  std::string body;  // exactly what is sent
};

// For lists; what a webhook gets is decided by rules/filter.h. A pattern is an exact type
// ("project.created"), all types under a prefix ("project.*", which does not match "project"
// itself) or all there are ("*").
bool matches(std::string_view pattern, std::string_view event_type);

// The body of a delivery: {"id":"evt_…","event":…,"timestamp":…,"data":…}. Made once, when the
// event is recorded; every attempt sends the same bytes. `timestamp` is `at` in whole seconds.
std::string event_body(EventId id, std::string_view type, Time at, std::string_view data);

}  // namespace thig

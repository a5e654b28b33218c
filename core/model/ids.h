// Identifiers and their text forms. All are made of [A-Za-z0-9_] only, so they can stand in
// headers, URLs and signed strings as they are.
#pragma once

#include "core/base/time.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

// 63 bits, ordered by time: 41 bits of milliseconds since 2024-01-01, 10 bits of the database's own
// number, 12 bits of sequence.
struct EventId {
  std::int64_t value = 0;
  auto operator<=>(const EventId&) const = default;
};

// 40 random bits, chosen when the webhook is added and never used again in that database.
struct EndpointId {
  std::int64_t value = 0;
  auto operator<=>(const EndpointId&) const = default;
};

// A delivery is an event for an endpoint; it has no number of its own. Its text is the `webhook-id`
// header, the same on every attempt and replay.
struct DeliveryId {
  EventId event;
  EndpointId endpoint;
  auto operator<=>(const DeliveryId&) const = default;
};

// Of an incoming webhook: 40 random bits, as above.
struct IncomingHookId {
  std::int64_t value = 0;
  auto operator<=>(const IncomingHookId&) const = default;
};

// Of a request to one; ordered by time, as event ids are.
struct RequestId {
  std::int64_t value = 0;
  auto operator<=>(const RequestId&) const = default;
};

// 60 random bits each.
struct ProjectId {
  std::int64_t value = 0;
  auto operator<=>(const ProjectId&) const = default;
};
struct NoteId {
  std::int64_t value = 0;
  auto operator<=>(const NoteId&) const = default;
};

// Of a key of the HTTP API, not the key itself: 40 random bits, as a webhook's.
struct ApiKeyId {
  std::int64_t value = 0;
  auto operator<=>(const ApiKeyId&) const = default;
};

// Of a session of the browser, not what opens it: 40 random bits.
struct SessionId {
  std::int64_t value = 0;
  auto operator<=>(const SessionId&) const = default;
};

std::string to_text(EventId id);         // "evt_" and 13 digits of Crockford base32
std::string to_text(EndpointId id);      // "wh_" and 8 digits
std::string to_text(DeliveryId id);      // "dlv_" and 13 + 8 digits
std::string to_text(IncomingHookId id);  // "in_" and 8 digits
std::string to_text(RequestId id);       // "req_" and 13 digits
std::string to_text(ProjectId id);       // "proj_" and 13 digits
std::string to_text(NoteId id);          // "note_" and 13 digits
std::string to_text(ApiKeyId id);        // "key_" and 8 digits
std::string to_text(SessionId id);       // "ses_" and 8 digits

std::optional<EventId> parse_event_id(std::string_view text);
std::optional<EndpointId> parse_endpoint_id(std::string_view text);
std::optional<DeliveryId> parse_delivery_id(std::string_view text);
std::optional<IncomingHookId> parse_incoming_hook_id(std::string_view text);
std::optional<RequestId> parse_request_id(std::string_view text);
std::optional<ProjectId> parse_project_id(std::string_view text);
std::optional<ApiKeyId> parse_api_key_id(std::string_view text);
std::optional<SessionId> parse_session_id(std::string_view text);

// The id that follows `last` in the database numbered `origin` (0 to 1023) at `now`. Always greater
// than `last`, also when the clock has gone back or a millisecond's 4096 numbers are used up.
EventId next_event_id(EventId last, Time now, int origin);
// When the id was made, to the millisecond.
Time time_of(EventId id);
// The same for requests, which have numbers of their own.
RequestId next_request_id(RequestId last, Time now, int origin);
// The smallest id that can have been made at `time` or later; for searching by time.
EventId first_event_id_at(Time time);
RequestId first_request_id_at(Time time);

}  // namespace thig

template <>
struct std::hash<thig::EndpointId> {
  std::size_t operator()(thig::EndpointId id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
template <>
struct std::hash<thig::IncomingHookId> {
  std::size_t operator()(thig::IncomingHookId id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
template <>
struct std::hash<thig::ApiKeyId> {
  std::size_t operator()(thig::ApiKeyId id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
template <>
struct std::hash<thig::SessionId> {
  std::size_t operator()(thig::SessionId id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
template <>
struct std::hash<thig::EventId> {
  std::size_t operator()(thig::EventId id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};

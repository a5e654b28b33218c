#include "core/model/ids.h"

#include "core/base/codec.h"

#include <algorithm>

namespace thig {
namespace {

constexpr int event_digits = 13;
constexpr int endpoint_digits = 8;

constexpr int sequence_bits = 12;
constexpr int origin_bits = 10;
constexpr int time_shift = sequence_bits + origin_bits;
constexpr std::int64_t last_sequence = (1 << sequence_bits) - 1;
constexpr std::int64_t last_origin = (1 << origin_bits) - 1;
constexpr std::int64_t last_milli = (std::int64_t{1} << 41) - 1;

constexpr Time id_epoch = std::chrono::sys_days(std::chrono::year(2024) / 1 / 1);

// Milliseconds since the ids' epoch, kept within what an id can hold: clocks can be wrong.
std::int64_t id_millis(Time time) {
  return std::clamp<std::int64_t>((time - id_epoch).count(), 0, last_milli);
}

std::string base32(std::int64_t value, int digits) {
  return to_base32(static_cast<std::uint64_t>(value), digits);
}

// Exactly so many digits, and a value that is not negative as a signed number.
std::optional<std::int64_t> parse_base32(std::string_view text, int digits) {
  if (text.size() != static_cast<std::size_t>(digits)) return std::nullopt;
  const auto value = from_base32(text);
  if (!value || *value >> 63 != 0) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

// Takes the prefix off the text if it is there.
bool strip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <class Id>
std::optional<Id> parse_id(std::string_view text, std::string_view prefix, int digits) {
  if (!strip(text, prefix)) return std::nullopt;
  const auto value = parse_base32(text, digits);
  if (!value) return std::nullopt;
  return Id{*value};
}

}  // namespace

std::string to_text(EventId id) {
  return "evt_" + base32(id.value, event_digits);
}

std::string to_text(EndpointId id) {
  return "wh_" + base32(id.value, endpoint_digits);
}

std::string to_text(DeliveryId id) {
  return "dlv_" + base32(id.event.value, event_digits) + base32(id.endpoint.value, endpoint_digits);
}

std::string to_text(IncomingHookId id) {
  return "in_" + base32(id.value, endpoint_digits);
}

std::string to_text(RequestId id) {
  return "req_" + base32(id.value, event_digits);
}

std::string to_text(ProjectId id) {
  return "proj_" + base32(id.value, event_digits);
}

std::string to_text(NoteId id) {
  return "note_" + base32(id.value, event_digits);
}

std::string to_text(ApiKeyId id) {
  return "key_" + base32(id.value, endpoint_digits);
}

std::string to_text(SessionId id) {
  return "ses_" + base32(id.value, endpoint_digits);
}

std::optional<EventId> parse_event_id(std::string_view text) {
  return parse_id<EventId>(text, "evt_", event_digits);
}

std::optional<EndpointId> parse_endpoint_id(std::string_view text) {
  return parse_id<EndpointId>(text, "wh_", endpoint_digits);
}

std::optional<IncomingHookId> parse_incoming_hook_id(std::string_view text) {
  return parse_id<IncomingHookId>(text, "in_", endpoint_digits);
}

std::optional<RequestId> parse_request_id(std::string_view text) {
  return parse_id<RequestId>(text, "req_", event_digits);
}

std::optional<ProjectId> parse_project_id(std::string_view text) {
  return parse_id<ProjectId>(text, "proj_", event_digits);
}

std::optional<ApiKeyId> parse_api_key_id(std::string_view text) {
  return parse_id<ApiKeyId>(text, "key_", endpoint_digits);
}

std::optional<SessionId> parse_session_id(std::string_view text) {
  return parse_id<SessionId>(text, "ses_", endpoint_digits);
}

std::optional<DeliveryId> parse_delivery_id(std::string_view text) {
  if (!strip(text, "dlv_") || text.size() < event_digits) return std::nullopt;
  const auto event = parse_base32(text.substr(0, event_digits), event_digits);
  const auto endpoint = parse_base32(text.substr(event_digits), endpoint_digits);
  if (!event || !endpoint) return std::nullopt;
  return DeliveryId{EventId{*event}, EndpointId{*endpoint}};
}

EventId next_event_id(EventId last, Time now, int origin) {
  const std::int64_t origin_part = (origin & last_origin) << sequence_bits;
  const std::int64_t fresh = id_millis(now) << time_shift | origin_part;
  if (fresh > last.value) return {fresh};

  // The clock stands still or has gone back: count on within the last id's millisecond, and borrow
  // the next one when that is used up or belongs to another origin.
  const bool same_origin = (last.value & last_origin << sequence_bits) == origin_part;
  if (same_origin && (last.value & last_sequence) != last_sequence) return {last.value + 1};
  const std::int64_t next_milli = (last.value >> time_shift) + 1;
  // Past the end of ids' time only their order is left to keep.
  if (next_milli > last_milli) return {last.value + 1};
  return {next_milli << time_shift | origin_part};
}

Time time_of(EventId id) {
  return id_epoch + Millis(id.value >> time_shift);
}

RequestId next_request_id(RequestId last, Time now, int origin) {
  return {next_event_id({last.value}, now, origin).value};
}

EventId first_event_id_at(Time time) {
  return {id_millis(time) << time_shift};
}

RequestId first_request_id_at(Time time) {
  return {id_millis(time) << time_shift};
}

}  // namespace thig

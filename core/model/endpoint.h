// An endpoint is an outgoing webhook: where events are sent, which, and how.
#pragma once

#include "core/base/time.h"
#include "core/model/condition.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What `webhook-signature` holds (rules/scheme.h).
enum class SignatureMode {
  both,      // v1 tokens, then t1 tokens
  standard,  // v1 alone: for receivers that use a Standard Webhooks library
  thig,      // the bare hex of t1: for receivers that compare the whole header
};
std::string_view to_text(SignatureMode mode);
std::optional<SignatureMode> parse_signature_mode(std::string_view text);

enum class EndpointState { enabled, disabled };
std::string_view to_text(EndpointState state);

enum class DisabledBy {
  nobody,    // it is enabled
  member,    // with `disable`, or added inactive
  failures,  // too many failed attempts in a row over too long a time
  gone,      // the receiver answered 410
};
std::string_view to_text(DisabledBy by);

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

struct Endpoint {
  EndpointId id;
  std::string name;
  std::string url;
  std::string description;
  std::vector<std::string> events;  // patterns: exact names, "project.*", "*"
  // All must hold of an event's body (rules/event_conditions.h), or it is not for this webhook.
  std::vector<Condition> conditions;
  // Sent besides our own. The values are sealed, so the store reads them only when it is asked to
  // (ConfigStore::open_headers), and leaves them empty otherwise.
  std::vector<Header> headers;

  SignatureMode signature = SignatureMode::both;
  std::string signature_header;  // an extra header with the bare hex; empty for none

  // Waits before the 2nd, 3rd, … attempt; empty means a single attempt.
  std::vector<Millis> retry;
  Millis timeout{10'000};  // from the name look-up to the end of the answer's headers
  int max_in_flight = 32;
  double rate = 0;  // attempts a second at most; 0 for no limit

  bool allow_private = false;
  std::string ca_file;      // PEM; empty for the system's authorities
  std::string client_cert;  // PEM; empty for none
  std::string client_key;

  EndpointState state = EndpointState::enabled;
  DisabledBy disabled_by = DisabledBy::nobody;
  std::string state_reason;  // for people; empty while enabled
  Time state_since{};
  Time created_at{};
  Time updated_at{};
  // Raised by whatever changes where or how it is sent to (sends_alike), by enabling and by
  // disabling: a result of an older epoch decides nothing about the webhook. The store counts it.
  std::int64_t epoch = 0;
};

// Endpoints that subscribe to the same under the same conditions, by id.
struct EndpointRoute {
  std::vector<std::string> events;      // patterns
  std::vector<Condition> conditions{};  // all must hold of the body
  std::vector<EndpointId> enabled;
  std::vector<EndpointId> disabled;
};

// Whether both are sent to at the same place in the same way: nothing that an attempt under the one
// shows could be otherwise under the other. Name, events, conditions, limits and retries make no
// difference.
bool sends_alike(const Endpoint& a, const Endpoint& b);

// What tells webhooks apart, and what they are for.
struct EndpointSummary {
  EndpointId id;
  std::string name;
  std::string url;
  std::vector<std::string> events;
  EndpointState state = EndpointState::enabled;
  std::string state_reason{};
  Time state_since{};
  DisabledBy disabled_by = DisabledBy::nobody;
};
EndpointSummary summary_of(Endpoint endpoint);

// One signing secret as it was given out. During a rotation a webhook has several.
struct Secret {
  std::string text;
  Time created_at{};
  std::optional<Time> expires_at;  // nothing for the current one
};

// What an attempt needs that is sealed.
struct EndpointKeys {
  std::vector<Secret> secrets;  // that sign: the current one first, then those still in overlap
  std::vector<Header> headers;  // its extra ones, with their values
};

// "whsec_…last4": all that is ever shown of a secret. Secrets under 12 characters show no part.
std::string masked_secret(std::string_view secret);
// The text with everything in it that looks like a secret ("whsec_…", "whsk_…") masked so: messages
// may repeat what a user has written in the wrong place.
std::string with_masked_secrets(std::string_view text);

// What failures have done to an endpoint. Stored, so that neither a restart nor the next cron sweep
// forgets it.
struct EndpointHealth {
  int consecutive_failures = 0;       // failed attempts since the last success
  std::optional<Time> failing_since;  // the first of them
  bool warned = false;                // webhook.failing was raised for this streak

  // Lane: failures of the endpoint itself (no answer, 5xx, 429), not of one delivery.
  int endpoint_failures = 0;  // in a row
  std::optional<Time> paused_until;
  Millis pause{0};  // how long the last pause was; doubles
  int window = 2;   // attempts in flight that are allowed now

  bool operator==(const EndpointHealth&) const = default;
};

}  // namespace thig

// Deliveries and their attempts, as the queue and the history know them.
#pragma once

#include "core/base/time.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

enum class DeliveryState {
  pending,    // in the queue: due, waiting for a retry, or held with its webhook
  delivered,  // a 2xx was received
  dead,       // the schedule is used up; recoverable
  missed,     // emitted while the webhook was disabled; recoverable
  cancelled,  // taken out by a member
  test,       // sent once by `test`, whatever the outcome
};
std::string_view to_text(DeliveryState state);
std::optional<DeliveryState> parse_delivery_state(std::string_view text);

// One attempt as it is kept.
struct Attempt {
  int number = 1;
  Time started_at{};
  Millis duration{0};
  std::optional<int> status;  // nothing if no answer came
  // Why it failed; empty for success. Starts with the kind: "timeout: …", "tls: …", "refused: …",
  // "http: 503", "redirect: …".
  std::string error;
  std::string answer;               // first part of a failing answer's body; empty for success
  std::string answer_headers = {};  // its first headers, "name: value" a line; likewise

  bool ok() const { return error.empty(); }
};

// In a word: "200", "503", "timeout".
std::string outcome_of(const Attempt& attempt);

// Whether such a word is one of those asked for: "503", "5xx" (all from 500 to 599), "timeout".
bool matches_outcome(std::string_view wanted, std::string_view outcome);

// A row of the hot table: what the dispatcher needs to make one attempt.
struct QueuedDelivery {
  DeliveryId id;
  Time due_at{};
  int attempts_made = 0;
  int earlier_attempts = 0;  // of those, how many do not count against the schedule
  std::string event_type;
  std::string body;
};

// A delivery as lists and timelines show it.
struct Delivery {
  DeliveryId id;
  std::string endpoint_name;
  std::string event_type;
  DeliveryState state = DeliveryState::pending;
  int attempts = 0;
  std::optional<Time> due_at;       // pending only
  std::optional<Time> finished_at;  // not pending
  std::optional<Attempt> last;      // nothing before the first attempt
};

}  // namespace thig

// Why things are as they are: what happened to an event for a webhook, and what a delivery waits
// for or ended by. Pure.
#pragma once

#include "core/model/delivery.h"
#include "core/model/endpoint.h"

#include <optional>
#include <string>
#include <string_view>

namespace thig {

// What an event was to one webhook.
enum class Reception {
  delivered,  // these are the states of its delivery
  pending,
  dead,
  missed,
  cancelled,
  test,
  only_a_test,        // the event was a test of another webhook
  added_later,        // the webhook did not exist yet
  changed_since,      // it asks for the event as it is now; it may not have then
  not_subscribed,     // it does not ask for this type
  condition_not_met,  // it asks for the type, but not for an event like this
  not_recorded,       // it asks for the type, and yet there is no delivery: its history was deleted
};
std::string_view to_text(Reception reception);

struct Explanation {
  Reception reception = Reception::not_subscribed;
  Remark why;  // one line for people
};

// What is known of an event.
struct EventFacts {
  EventId id;
  std::string type;
  std::string_view body{};  // as it is delivered
  bool test = false;        // it was recorded for a test of some webhook
};

// `delivery` is null if none is recorded; `health` matters for a pending one only.
Explanation explain(const EventFacts& event, const Endpoint& endpoint, const EndpointHealth& health,
                    const Delivery* delivery, Time now);

// Why a delivery is in its state: "waits for its retry", "the schedule was used up after 4
// attempts; last: 503".
Remark why(const Delivery& delivery, const Endpoint& endpoint, const EndpointHealth& health,
           Time now);

}  // namespace thig

#include "core/rules/explain.h"

#include "core/base/enum_names.h"
#include "core/model/event_catalog.h"
#include "core/rules/event_conditions.h"
#include "core/rules/filter.h"
#include "core/rules/request_values.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr EnumName<Reception> receptions[] = {
    {Reception::delivered, "delivered"},
    {Reception::pending, "pending"},
    {Reception::dead, "dead"},
    {Reception::missed, "missed"},
    {Reception::cancelled, "cancelled"},
    {Reception::test, "test"},
    {Reception::only_a_test, "only_a_test"},
    {Reception::added_later, "added_later"},
    {Reception::changed_since, "changed_since"},
    {Reception::not_subscribed, "not_subscribed"},
    {Reception::condition_not_met, "condition_not_met"},
    {Reception::not_recorded, "not_recorded"},
};

Reception reception_of(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending:
      return Reception::pending;
    case DeliveryState::delivered:
      return Reception::delivered;
    case DeliveryState::dead:
      return Reception::dead;
    case DeliveryState::missed:
      return Reception::missed;
    case DeliveryState::cancelled:
      return Reception::cancelled;
    case DeliveryState::test:
      return Reception::test;
  }
  return Reception::not_recorded;
}

std::string attempts_of(const Delivery& delivery) {
  return delivery.attempts == 1 ? "1 attempt" : fmt::format("{} attempts", delivery.attempts);
}

std::string last_of(const Delivery& delivery) {
  if (!delivery.last) return {};
  const Attempt& last = *delivery.last;
  return "; last: " + (last.status ? outcome_of(last) : last.error);
}

std::string why_pending(const Delivery& delivery, const Endpoint& endpoint,
                        const EndpointHealth& health, Time now) {
  if (endpoint.state == EndpointState::disabled) {
    return fmt::format("held until its webhook is enabled; it has been disabled since {}: {}",
                       format_rfc3339(endpoint.state_since), endpoint.state_reason);
  }
  if (health.paused_until && *health.paused_until > now) {
    return fmt::format("paused until {}, after {} failures in a row{}",
                       format_rfc3339(*health.paused_until), health.endpoint_failures,
                       last_of(delivery));
  }
  if (delivery.due_at && *delivery.due_at > now) {
    return fmt::format("next attempt at {}, after {}{}", format_rfc3339(*delivery.due_at),
                       attempts_of(delivery), last_of(delivery));
  }
  return delivery.attempts == 0
             ? "due, not attempted yet"
             : fmt::format("due, after {}{}", attempts_of(delivery), last_of(delivery));
}

std::string why_missed(const Delivery& delivery, const Endpoint& endpoint) {
  const Time emitted = time_of(delivery.id.event);
  const bool still = endpoint.state == EndpointState::disabled && endpoint.state_since <= emitted;
  if (!still) return "the webhook was disabled when the event was emitted";
  return fmt::format("the webhook has been disabled since {}: {}",
                     format_rfc3339(endpoint.state_since), endpoint.state_reason);
}

}  // namespace

std::string_view to_text(Reception reception) {
  return enum_name(receptions, reception);
}

Remark why(const Delivery& delivery, const Endpoint& endpoint, const EndpointHealth& health,
           Time now) {
  switch (delivery.state) {
    case DeliveryState::pending:
      return why_pending(delivery, endpoint, health, now);
    case DeliveryState::delivered:
      return fmt::format("answered {} after {}", delivery.last ? outcome_of(*delivery.last) : "2xx",
                         attempts_of(delivery));
    case DeliveryState::dead: {
      const bool gone = delivery.last && delivery.last->status == 410;
      return fmt::format("{} after {}{}", gone ? "the receiver is gone" : "retries exhausted",
                         attempts_of(delivery), last_of(delivery));
    }
    case DeliveryState::missed:
      return why_missed(delivery, endpoint);
    case DeliveryState::cancelled:
      return fmt::format("cancelled by a member after {}{}", attempts_of(delivery),
                         last_of(delivery));
    case DeliveryState::test:
      return {"sent once by `", Operation{"test"}, "`" + last_of(delivery)};
  }
  return {};
}

namespace {

// That "*" does not stand for this one.
std::string_view leaves_out(const Endpoint& endpoint, std::string_view type) {
  const bool all = std::ranges::find(endpoint.events, "*") != endpoint.events.end();
  if (!all || !is_operational_event(type)) return {};
  return ", and * does not include webhook.* and incoming.*";
}

}  // namespace

Explanation explain(const EventFacts& event, const Endpoint& endpoint, const EndpointHealth& health,
                    const Delivery* delivery, Time now) {
  if (delivery != nullptr) {
    return {reception_of(delivery->state), why(*delivery, endpoint, health, now)};
  }
  if (event.test) return {Reception::only_a_test, "the event was a test of another webhook"};
  const Time emitted = time_of(event.id);
  const Condition* const unmet = first_unmet(endpoint.conditions, event.body);
  // What adding it raised is not for the webhook itself, and bears the same time; so may what was
  // emitted right after, and left out by a condition.
  if (endpoint.created_at > emitted || (endpoint.created_at == emitted && unmet == nullptr)) {
    return {Reception::added_later,
            fmt::format("it was added at {}", format_rfc3339_millis(endpoint.created_at))};
  }
  const std::string changed =
      endpoint.updated_at > emitted
          ? fmt::format("; its settings were changed at {}", format_rfc3339(endpoint.updated_at))
          : std::string();
  if (!subscribes(endpoint.events, event.type)) {
    return {Reception::not_subscribed,
            fmt::format("it subscribes to {}{}{}", fmt::join(endpoint.events, ", "),
                        leaves_out(endpoint, event.type), changed)};
  }
  if (unmet != nullptr) {
    return {Reception::condition_not_met,
            fmt::format("condition not met: {}{}", to_text(*unmet), changed)};
  }
  if (!changed.empty()) {
    return {Reception::changed_since,
            fmt::format("it subscribes to {} now, but may not have at that time{}", event.type,
                        changed)};
  }
  return {Reception::not_recorded, "its delivery is no longer recorded"};
}

}  // namespace thig

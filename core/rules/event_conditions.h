// Which of the events that a webhook subscribes to it gets, by what is in them. Written and kept as
// the conditions of incoming webhooks (request_values.h); a pointer points into the body of the
// delivery: "/event", or "/data" and what is in it. Id and timestamp are given to an event when it
// is recorded, after it is decided who gets it, so no condition can be on them.
#pragma once

#include "core/base/error.h"
#include "core/model/condition.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

class PointedValues;

// As parse_condition; `invalid` also for what is in no event's body.
Result<Condition> parse_event_condition(std::string_view text);
// The same of conditions that were not read from text; at most as many as check_conditions allows.
Status check_event_conditions(std::span<const Condition> conditions);

// What the conditions look at, for PointedValues; adds those that are not there yet.
void add_pointers(std::span<const Condition> conditions, std::vector<std::string>& pointers);

// The body of an event of which only type and data are known yet, for conditions alone.
std::string body_for_conditions(std::string_view type, std::string_view data);

// The first that does not hold of an event with this body; null if all do. `pointed` are values of
// the body, where they were looked up for several webhooks together.
const Condition* first_unmet(std::span<const Condition> conditions, std::string_view body,
                             const PointedValues* pointed = nullptr);

}  // namespace thig

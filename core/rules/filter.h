// Which webhooks an event goes to.
#pragma once

#include "core/base/error.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

// A subscription is an exact type ("project.created"), all types under a prefix ("project.*",
// which does not match "project" itself) or all there are ("*").
bool matches(std::string_view pattern, std::string_view event_type);
bool matches_any(std::span<const std::string> patterns, std::string_view event_type);

// Whether a pattern can be subscribed to: "*"; "prefix.*" that matches at least one type of
// `known`; or a type of `known`. Otherwise `not_found`, with the nearest known type in the hint.
Status check_pattern(std::string_view pattern, std::span<const std::string> known);

}  // namespace thig

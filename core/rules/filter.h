// Which webhooks an event goes to.
#pragma once

#include "core/base/error.h"
#include "core/model/event.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

// Whether one of the patterns (model/event.h) matches.
bool matches_any(std::span<const std::string> patterns, std::string_view event_type);

// Whether a pattern can be subscribed to: "*"; "prefix.*" that matches at least one type of
// `known`; or a type of `known`. Otherwise `not_found`, with the nearest known type in the hint.
Status check_pattern(std::string_view pattern, std::span<const std::string> known);

}  // namespace thig

// Which webhooks an event goes to.
#pragma once

#include "core/base/error.h"
#include "core/model/event.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// Whether a webhook with these patterns (model/event.h) gets events of the type. "*" means all but
// the operational events (webhook.*, incoming.*), which tell of other webhooks: those must be named
// by their type, or as webhook.* or incoming.*.
bool subscribes(std::span<const std::string> patterns, std::string_view event_type);

// Whether a pattern can be subscribed to: "*"; "prefix.*" that matches at least one type of
// `known`; or a type of `known`. Otherwise `not_found`, with the nearest known type in the hint.
Status check_pattern(std::string_view pattern, std::span<const std::string> known);

// Each pattern once, in the order they were given.
void fold_repeats(std::vector<std::string>& patterns);

}  // namespace thig

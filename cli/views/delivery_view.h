// Deliveries and attempts as lists, timelines and logs show them.
#pragma once

#include "cli/terminal/style.h"
#include "core/model/delivery.h"

#include <string>

namespace thig {

// "200", or why it failed: "http: 503", "timeout: …".
std::string describe(const Attempt& attempt);

Style style_of(DeliveryState state);

}  // namespace thig

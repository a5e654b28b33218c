// How pages show deliveries and their attempts.
#pragma once

#include "core/model/delivery.h"
#include "core/web/pages/html/html.h"

#include <string>

namespace thig::pages {

Html delivery_sign(DeliveryState state);
Html attempt_sign(const Attempt& attempt);
// A row of signs, one an attempt: how many failed, and whether the last did not.
Html attempt_dots(const Delivery& delivery);

// What to do about an attempt that came to this; empty for a success.
std::string advice_for(const Attempt& attempt);

}  // namespace thig::pages

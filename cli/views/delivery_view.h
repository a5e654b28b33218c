// Deliveries and attempts as lists, timelines and logs show them.
#pragma once

#include "cli/views/render.h"
#include "core/model/delivery.h"

#include <functional>
#include <string>
#include <vector>

namespace thig {

// "200", or why it failed: "http: 503", "timeout: …".
std::string describe(const Attempt& attempt);

Style style_of(DeliveryState state);

// The members of a JSON object, without its braces and without its attempts.
void write_delivery(JsonWriter& json, const Delivery& delivery);
// A whole object; `more` may add members.
void write_attempt(JsonWriter& json, const Attempt& attempt,
                   const std::function<void(JsonWriter&)>& more = {});
// The headers of its answer, each "name: value".
std::vector<std::string> header_lines(const Attempt& attempt);

}  // namespace thig

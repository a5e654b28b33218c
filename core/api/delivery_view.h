// Deliveries and attempts as documents.
#pragma once

#include "core/api/delivery_query.h"
#include "core/api/words.h"
#include "core/base/json.h"
#include "core/model/delivery.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The members that say which webhook something is about; an empty name for one that is gone.
void write_webhook_named(JsonWriter& json, std::string_view name, EndpointId id);

// The members of an object, without its braces and without its attempts.
void write_delivery(JsonWriter& json, const Delivery& delivery);
// The same of an attempt.
void write_attempt(JsonWriter& json, const Attempt& attempt);
// The headers of its answer, each "name: value".
std::vector<std::string> header_lines(const Attempt& attempt);

// A page of deliveries, each with its last attempt.
std::string deliveries_document(std::span<const Delivery> deliveries);
// One with all of its attempts and its body.
std::string delivery_document(const DeliveryStory& story, const Wording& wording);
// What became of one event at each webhook.
std::string receptions_document(std::span<const ToldReception> told, const Wording& wording);

}  // namespace thig

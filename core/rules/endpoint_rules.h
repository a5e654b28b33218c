// What a webhook's settings may be, apart from its URL, events and secret, which have modules of
// their own.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"

#include <string_view>

namespace thig {

// A name: 1 to 100 characters of valid UTF-8, no control characters, no blank at either end, and
// not of the form of an id ("wh_…", "dlv_…", "evt_…"), which would make it ambiguous.
Status check_endpoint_name(std::string_view name);

// An extra header: a token of RFC 9110, not one that we or HTTP itself set (host, content-length,
// content-type, transfer-encoding, connection, user-agent, webhook-*, …); a value of printable
// ASCII, 1 to 1024 bytes.
Status check_extra_header(const Header& header);

// Every setting of the endpoint within its bounds: at least one event, conditions as of
// event_conditions.h, timeout 1 s to 60 s, window
// 1 to 256, rate 0 to 10,000, at most 20 extra headers, description up to 500 characters,
// certificate and key given together.
Status check_endpoint(const Endpoint& endpoint);

}  // namespace thig

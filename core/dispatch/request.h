// The request of one attempt: the same for a delivery, a dry run and a test.
#pragma once

#include "core/base/time.h"
#include "core/base/tls_files.h"
#include "core/model/delivery.h"
#include "core/model/endpoint.h"
#include "core/net/sender.h"
#include "core/rules/signing.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// All that holds for every attempt to an endpoint. Looks at its TLS files, if it has any.
std::shared_ptr<const SendTarget> send_target(const Endpoint& endpoint);

// The files that its TLS needs.
TlsFiles tls_files(const Endpoint& endpoint);

// The headers of an attempt made at `wall`: content type, the three of the product page, the extra
// signature header and the endpoint's own. Names in lower case. `keys` as in rules/signing.h;
// without any, the signatures are left out.
std::vector<Header> delivery_headers(const Endpoint& endpoint, std::span<const SigningKey> keys,
                                     DeliveryId id, std::string_view body, Time wall);

// A header as it may be shown to anyone.
struct ShownHeader {
  std::string name;
  std::optional<std::string> value;  // nothing for the endpoint's own, which may be secret
};
std::vector<ShownHeader> shown_headers(const Endpoint& endpoint, std::span<const SigningKey> keys,
                                       DeliveryId id, std::string_view body, Time wall);

}  // namespace thig

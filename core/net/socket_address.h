// Between the kernel's socket addresses and ours.
#pragma once

#include "core/rules/address_policy.h"

#include <optional>

struct sockaddr;

namespace thig {

// Nothing for another family than IPv4 and IPv6.
std::optional<Address> to_address(const sockaddr* socket_address);

}  // namespace thig

// Names to addresses, off the sending threads: a look-up that hangs must not stall anyone else.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/rules/address_policy.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace thig {

// All addresses of a name, in the order of the system's preference. `network` if there is none or
// the look-up failed; the text says which ("no such name", "the name server does not answer").
using LookUp = std::function<Result<std::vector<Address>>(const std::string& host)>;

// getaddrinfo, blocking.
Result<std::vector<Address>> system_look_up(const std::string& host);

// The addresses of this machine's interfaces, loopback ones included; nothing if they cannot be
// asked for just now.
std::optional<std::vector<Address>> own_addresses();

}  // namespace thig

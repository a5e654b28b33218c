// Ranges of network addresses.
#pragma once

#include "core/base/error.h"
#include "core/rules/address_policy.h"

#include <string>
#include <string_view>

namespace thig {

struct Cidr {
  Address base;    // with the bits behind the prefix cleared
  int prefix = 0;  // bits, of the address's own kind: up to 32 or 128
  bool operator==(const Cidr&) const = default;
};

// "10.0.0.0/8", "2001:db8::/32", or a single address; bits behind the prefix are cleared. A range
// of IPv4-mapped addresses is one of IPv4. `invalid` for anything else.
Result<Cidr> parse_cidr(std::string_view text);
std::string to_text(const Cidr& range);

// By what limits per address count, as a text: an IPv4 address itself, of an IPv6 one its /64,
// which a single customer has whole. What is no address stands for itself.
std::string network_of(std::string_view address);

// Never true for an address of the other kind; an IPv4-mapped one, as a peer of a socket for both
// kinds has it, is IPv4.
bool contains(const Cidr& range, const Address& address);

}  // namespace thig

#include "core/rules/cidr.h"

#include "core/base/codec.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int mapped_bits = 96;  // before an IPv4 address in its IPv6 form

int bits_of(const Address& address) {
  return address.v4 ? 32 : 128;
}

bool is_mapped(const Address& address) {
  const auto& bytes = address.bytes;
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; }) &&
         bytes[10] == 0xff && bytes[11] == 0xff;
}

// Decimal without sign or leading zeros, 0 to `most`.
std::optional<int> parse_prefix(std::string_view digits, int most) {
  const bool plain = !digits.empty() && digits.size() <= 3 &&
                     (digits == "0" || digits.front() != '0') &&
                     std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return std::nullopt;
  int prefix = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (prefix > most) return std::nullopt;
  return prefix;
}

// The address with everything behind the prefix cleared.
Address masked(Address address, int prefix) {
  const int kept = prefix + (address.v4 ? mapped_bits : 0);
  for (int i = 0; i < 16; ++i) {
    const int bits = std::clamp(kept - i * 8, 0, 8);
    const auto mask = static_cast<std::uint8_t>(0xff00u >> bits);
    auto& byte = address.bytes[static_cast<std::size_t>(i)];
    byte = static_cast<std::uint8_t>(byte & mask);
  }
  return address;
}

}  // namespace

Result<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  auto address = parse_address(text.substr(0, slash));
  const auto wrong = [&] {
    return fail(ErrorCode::invalid,
                fmt::format("not a valid address range: \"{}\"", printable(text)),
                "write it as 10.0.0.0/8, 2001:db8::/32 or a single address");
  };
  if (!address) return wrong();
  int prefix = bits_of(*address);
  if (slash != text.npos) {
    const auto given = parse_prefix(text.substr(slash + 1), prefix);
    if (!given) return wrong();
    prefix = *given;
  }
  if (!address->v4 && is_mapped(*address) && prefix >= mapped_bits) {
    address->v4 = true;
    prefix -= mapped_bits;
  }
  return Cidr{.base = masked(*address, prefix), .prefix = prefix};
}

std::string to_text(const Cidr& range) {
  return fmt::format("{}/{}", to_text(range.base), range.prefix);
}

std::string network_of(std::string_view address) {
  constexpr int customer_bits = 64;
  auto parsed = parse_address(address);
  if (!parsed) return std::string(address);
  parsed->v4 = parsed->v4 || is_mapped(*parsed);
  if (parsed->v4) return to_text(*parsed);
  return fmt::format("{}/{}", to_text(masked(*parsed, customer_bits)), customer_bits);
}

bool contains(const Cidr& range, const Address& address) {
  Address candidate = address;
  candidate.v4 = candidate.v4 || is_mapped(candidate);
  return range.base.v4 == candidate.v4 && masked(candidate, range.prefix) == range.base;
}

}  // namespace thig

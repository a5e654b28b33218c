#include "core/rules/address_policy.h"

#include <algorithm>
#include <initializer_list>

#include <arpa/inet.h>

namespace thig {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr Bytes mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// A range of addresses: those whose first `length` bits are `prefix`'s.
struct Range {
  Bytes prefix{};
  int length = 0;
};

constexpr Range v4(std::initializer_list<std::uint8_t> first_bytes, int length) {
  Range range{mapped_prefix, 96 + length};
  std::copy(first_bytes.begin(), first_bytes.end(), range.prefix.begin() + 12);
  return range;
}

constexpr Range v6(std::initializer_list<std::uint16_t> first_groups, int length) {
  Range range{{}, length};
  std::size_t at = 0;
  for (const std::uint16_t group : first_groups) {
    range.prefix[at++] = static_cast<std::uint8_t>(group >> 8);
    range.prefix[at++] = static_cast<std::uint8_t>(group & 0xff);
  }
  return range;
}

constexpr Range v6_host(std::initializer_list<std::uint16_t> first_groups, std::uint16_t last) {
  Range range = v6(first_groups, 128);
  range.prefix[14] = static_cast<std::uint8_t>(last >> 8);
  range.prefix[15] = static_cast<std::uint8_t>(last & 0xff);
  return range;
}

constexpr bool contains(const Range& range, const Bytes& bytes) {
  const auto whole = static_cast<std::size_t>(range.length / 8);
  if (!std::equal(bytes.begin(), bytes.begin() + whole, range.prefix.begin())) return false;
  const int rest = range.length % 8;
  return rest == 0 || (bytes[whole] ^ range.prefix[whole]) >> (8 - rest) == 0;
}

struct Row {
  Range range;
  AddressClass verdict;
  std::string_view name;
};

constexpr AddressClass open = AddressClass::public_;
constexpr AddressClass within = AddressClass::private_;
constexpr AddressClass never = AddressClass::forbidden;

// After the registries of special-purpose addresses (RFC 6890) and what clouds keep their metadata
// on. The first row that contains an address decides; the last contains all.
constexpr Row table[] = {
    {v4({0}, 8), never, "unspecified"},
    {v4({10}, 8), within, "private network"},
    {v4({100, 100, 100, 200}, 32), never, "cloud metadata"},  // Alibaba
    {v4({100, 64}, 10), within, "carrier-grade NAT"},
    {v4({127}, 8), within, "loopback"},
    {v4({168, 63, 129, 16}, 32), never, "cloud metadata"},  // Azure
    {v4({169, 254}, 16), never, "link-local (cloud metadata)"},
    {v4({172, 16}, 12), within, "private network"},
    {v4({192, 0, 0}, 24), never, "reserved"},
    {v4({192, 0, 2}, 24), never, "documentation"},
    {v4({192, 31, 196}, 24), never, "reserved"},
    {v4({192, 52, 193}, 24), never, "reserved"},
    {v4({192, 88, 99}, 24), never, "reserved"},
    {v4({192, 168}, 16), within, "private network"},
    {v4({192, 175, 48}, 24), never, "reserved"},
    {v4({198, 18}, 15), never, "benchmarking"},
    {v4({198, 51, 100}, 24), never, "documentation"},
    {v4({203, 0, 113}, 24), never, "documentation"},
    {v4({224}, 4), never, "multicast"},
    {v4({240}, 4), never, "reserved"},
    {v4({}, 0), open, "public"},

    {v6_host({}, 0), never, "unspecified"},
    {v6_host({}, 1), within, "loopback"},
    {v6({0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042}, 128), never, "cloud metadata"},       // Scaleway
    {v6({0xfd00, 0x00c1, 0, 0, 0, 0, 0xa9fe, 0xa9fe}, 128), never, "cloud metadata"},  // Oracle
    {v6({0xfd00, 0x0100, 0, 0, 0, 0, 0x0100, 0x0200}, 128), never, "cloud metadata"},  // Alibaba
    {v6({0xfd00, 0x0ec2}, 32), never, "cloud metadata"},                               // AWS
    {v6({0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 0x0001}, 128), never, "cloud metadata"},  // Linode
    {v6({0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254}, 128), never, "cloud metadata"},       // Google
    {v6({0xfc00}, 7), within, "private network"},
    {v6({0xfe80}, 10), never, "link-local"},
    {v6({0xff00}, 8), never, "multicast"},
    {v6({0x2001}, 23), never, "reserved"},
    {v6({0x2001, 0x0db8}, 32), never, "documentation"},
    {v6({0x2002}, 16), never, "6to4 tunnel"},
    {v6({0x2620, 0x004f, 0x8000}, 48), never, "reserved"},
    {v6({0x3fff}, 20), never, "documentation"},
    {v6({0x2000}, 3), open, "public"},
    {v6({}, 0), never, "reserved"},
};

const Row& row_of(const Bytes& bytes) {
  return *std::ranges::find_if(table, [&](const Row& row) { return contains(row.range, bytes); });
}

// Where an IPv6 address may carry an IPv4 one: the offsets of its four bytes.
using Places = std::array<std::size_t, 4>;
constexpr Places at_end{12, 13, 14, 15};
// RFC 6052 section 2.2; which one a translator uses cannot be seen from the address.
constexpr Places translated[] = {at_end, {6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}};

constexpr Range compatible = v6({}, 96);
constexpr Range ipv4_translated = v6({0, 0, 0, 0, 0xffff, 0}, 96);
constexpr Range nat64 = v6({0x0064, 0xff9b}, 96);
constexpr Range nat64_local = v6({0x0064, 0xff9b, 0x0001}, 48);

std::span<const Places> carried_places(const Bytes& bytes) {
  const bool unspecified_or_loopback =
      contains(v6_host({}, 0), bytes) || contains(v6_host({}, 1), bytes);
  if (contains(compatible, bytes) && !unspecified_or_loopback) return {translated, 1};
  if (contains(ipv4_translated, bytes) || contains(nat64, bytes)) return {translated, 1};
  if (contains(nat64_local, bytes)) return translated;
  return {};
}

Bytes mapped(const Bytes& bytes, const Places& places) {
  Bytes out = mapped_prefix;
  for (std::size_t i = 0; i < places.size(); ++i) out[12 + i] = bytes[places[i]];
  return out;
}

// The addresses that sending to this one may end at, as they stand in the table: itself, or the
// IPv4 ones it carries.
struct Meant {
  std::array<Bytes, std::size(translated)> addresses{};
  std::size_t count = 0;
};

Meant unwrap(const Bytes& bytes) {
  const std::span<const Places> places = carried_places(bytes);
  Meant meant;
  for (const Places& place : places) {
    const Bytes carried = mapped(bytes, place);
    // Of several readings, one that begins with 0 reads the padding of another.
    const bool applies = places.size() == 1 || carried[12] != 0;
    if (applies) meant.addresses[meant.count++] = carried;
  }
  if (meant.count == 0) meant.addresses[meant.count++] = bytes;
  return meant;
}

// The row that speaks most strongly against the address.
const Row& worst_row(const Bytes& bytes) {
  const Meant meant = unwrap(bytes);
  const Row* worst = &row_of(meant.addresses[0]);
  for (std::size_t i = 1; i < meant.count; ++i) {
    const Row& row = row_of(meant.addresses[i]);
    if (row.verdict > worst->verdict) worst = &row;
  }
  return *worst;
}

bool is_own(const Bytes& bytes, std::span<const Address> own) {
  const Meant meant = unwrap(bytes);
  return std::ranges::any_of(own, [&](const Address& address) {
    const auto* const end = meant.addresses.begin() + meant.count;
    return std::find(meant.addresses.begin(), end, address.bytes) != end;
  });
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;

  address = {mapped_prefix, true};
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data() + 12) == 1) return address;
  return std::nullopt;
}

std::string to_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const std::uint8_t* bytes = address.bytes.data();
  if (address.v4) {
    inet_ntop(AF_INET, bytes + 12, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, bytes, text.data(), text.size());
  }
  return text.data();
}

AddressClass classify(const Address& address, std::span<const Address> own) {
  const AddressClass verdict = worst_row(address.bytes).verdict;
  if (verdict == AddressClass::public_ && is_own(address.bytes, own)) return AddressClass::private_;
  return verdict;
}

std::string_view describe_class(const Address& address) {
  return worst_row(address.bytes).name;
}

bool may_send_to(const Address& address, bool allow_private, std::span<const Address> own) {
  switch (classify(address, own)) {
    case AddressClass::public_:
      return true;
    case AddressClass::private_:
      return allow_private;
    case AddressClass::forbidden:
      return false;
  }
  return false;
}

}  // namespace thig

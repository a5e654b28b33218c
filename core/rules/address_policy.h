// Which network addresses may be sent to. Checked on every path to a socket: when a webhook is
// added with a literal address, after each name look-up, and again on the connected socket.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

// An IPv4 address is kept in its IPv4-mapped IPv6 form.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v4 = false;
  bool operator==(const Address&) const = default;
};

// The canonical forms only: dotted quad, or RFC 4291 text without a zone. Nothing otherwise.
std::optional<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);

enum class AddressClass {
  public_,    // anyone may be sent to
  private_,   // only with --allow-private: 10/8, 172.16/12, 192.168/16, 100.64/10, loopback,
              // fc00::/7
  forbidden,  // never: link-local, cloud metadata, multicast, reserved, 0/8
};

// By the tables of the source. IPv4-mapped, -compatible and translated forms (64:ff9b::/96 …) are
// unwrapped and checked as IPv4. `own` are the addresses of this machine: private even if globally
// routable.
AddressClass classify(const Address& address, std::span<const Address> own = {});
// Why, for people: "loopback", "link-local (cloud metadata)", "private network"; "public".
std::string_view describe_class(const Address& address);

// public, or private with `allow_private`.
bool may_send_to(const Address& address, bool allow_private, std::span<const Address> own = {});

}  // namespace thig

#include "core/net/socket_address.h"

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

namespace thig {

std::optional<Address> to_address(const sockaddr* socket_address) {
  if (socket_address == nullptr) return std::nullopt;
  Address address;
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, socket_address, sizeof v4);
    address.v4 = true;
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &v4.sin_addr, 4);
    return address;
  }
  if (socket_address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, socket_address, sizeof v6);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
    return address;
  }
  return std::nullopt;
}

}  // namespace thig

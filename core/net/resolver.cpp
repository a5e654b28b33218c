#include "core/net/resolver.h"

#include "core/net/socket_address.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

namespace thig {
namespace {

// More than any honest name has; the sender tries three.
constexpr std::size_t kMaxAddresses = 64;

std::string explain_failure(int code, int system_error) {
  switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
      return "no such name";
    case EAI_AGAIN:
      return "the name server does not answer";
    case EAI_FAIL:
      return "the name server failed";
    case EAI_SYSTEM:
      return std::generic_category().message(system_error);
    default:
      return gai_strerror(code);
  }
}

}  // namespace

Result<std::vector<Address>> system_look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int code = getaddrinfo(host.c_str(), nullptr, &hints, &found); code != 0) {
    return fail(ErrorCode::network, explain_failure(code, errno));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);

  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const auto address = to_address(entry->ai_addr);
    if (!address || std::ranges::find(addresses, *address) != addresses.end()) continue;
    addresses.push_back(*address);
    if (addresses.size() == kMaxAddresses) break;
  }
  if (addresses.empty()) return fail(ErrorCode::network, "the name has no address");
  return addresses;
}

std::optional<std::vector<Address>> own_addresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  std::vector<Address> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (const auto address = to_address(entry->ifa_addr)) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace thig

#include "core/net/destination.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace thig {

std::unique_ptr<Destination> make_destination(std::shared_ptr<const SendTarget> target,
                                              std::uint64_t number, const EgressProxy* proxy) {
  auto destination = std::make_unique<Destination>();
  destination->number = number;
  if (auto url = parse_webhook_url(target->url)) {
    destination->by_proxy = proxy != nullptr && !bypasses_proxy(*proxy, url->host);
    destination->by_name =
        destination->by_proxy && proxy->resolves && !parse_address(url->host).has_value();
    destination->url = std::move(*url);
  } else {
    destination->bad_url = std::move(url).error().text;
  }
  // A name that says what it is needs no look-up to be refused.
  if (destination->by_name) {
    auto checked = check_url_target(target->url, target->allow_private);
    if (!checked) destination->bad_url = std::move(checked).error().text;
  }
  destination->target = std::move(target);
  return destination;
}

void check_addresses(Destination& destination, const Resolution& found,
                     std::span<const Address> own) {
  const bool allow_private = destination.target->allow_private;
  destination.allowed.clear();
  destination.refused.clear();
  for (const Address& address : found.addresses) {
    const bool allowed = may_send_to(address, allow_private, own);
    (allowed ? destination.allowed : destination.refused).push_back(address);
  }
  destination.checked_until = found.expires;
  if (!destination.allowed.empty()) return;
  if (found.addresses.empty()) {
    destination.verdict =
        TransportFailed{.kind = found.local ? FailureKind::local : FailureKind::dns,
                        .detail = fmt::format("{}: {}", destination.url.host, found.failure)};
  } else {
    destination.verdict =
        Refused{explain_refusal(destination.url.host, found.addresses.front(), allow_private)};
  }
}

bool check_literal(Destination& destination, std::span<const Address> own) {
  const auto address = parse_address(destination.url.host);
  if (!address) return false;
  Resolution found;
  found.addresses.push_back(*address);
  found.expires = Steady::now() + std::chrono::minutes(1);  // our own addresses may change
  check_addresses(destination, found, own);
  return true;
}

std::string explain_refusal(std::string_view host, const Address& address, bool allow_private) {
  const auto text = to_text(address);
  const auto kind = classify(address);
  // Checked without our own addresses, so a public one here can only be one of them.
  const std::string_view why =
      kind == AddressClass::public_ ? "an address of this machine" : describe_class(address);
  const bool would_open = kind != AddressClass::forbidden && !allow_private;
  return fmt::format("{}{} may not be sent to: {}{}", text,
                     host == text ? std::string() : fmt::format(" ({})", host), why,
                     would_open ? "; needs --allow-private" : "");
}

}  // namespace thig

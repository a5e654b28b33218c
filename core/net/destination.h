// What a sending thread knows about one target: its parsed URL, which of its addresses may be used,
// and the handles that are set up for it.
#pragma once

#include "core/net/connection_group.h"
#include "core/net/resolver_pool.h"
#include "core/net/transfer.h"
#include "core/rules/egress_proxy.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace thig {

struct Destination {
  std::uint64_t number = 0;  // never used again in its thread
  std::shared_ptr<const SendTarget> target;
  Url url;
  std::string bad_url;  // why the URL cannot be used; empty if it can
  std::shared_ptr<ConnectionGroup> group;
  bool by_proxy = false;
  // The proxy is asked for the name, so there are no addresses here to check.
  bool by_name = false;

  // The verdict on its addresses, believed until `checked_until`.
  std::vector<Address> allowed;
  std::vector<Address> refused;
  Outcome verdict;  // for requests, if `allowed` is empty
  Steady::time_point checked_until{};

  bool asking = false;                               // the resolver has been asked
  std::vector<Transfer*> waiting;                    // for its answer
  std::vector<std::unique_ptr<Transfer>> transfers;  // all there are
  std::vector<Transfer*> idle;                       // those without a request
  Steady::time_point last_used{};

  bool is_idle() const { return idle.size() == transfers.size(); }
};

// `proxy` may be null.
std::unique_ptr<Destination> make_destination(std::shared_ptr<const SendTarget> target,
                                              std::uint64_t number, const EgressProxy* proxy);

// Checks every address the host has. What is refused is never used, whatever stands beside it.
void check_addresses(Destination& destination, const Resolution& found,
                     std::span<const Address> own);
// The same for a host that is a literal address; false if it is a name.
bool check_literal(Destination& destination, std::span<const Address> own);

// Why an address may not be sent to, for people.
std::string explain_refusal(std::string_view host, const Address& address, bool allow_private);

}  // namespace thig

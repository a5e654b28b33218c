// What a dispatcher tells of its work.
#pragma once

#include "core/base/error.h"
#include "core/dispatch/limits.h"
#include "core/model/delivery.h"
#include "core/model/endpoint.h"

#include <cstddef>
#include <optional>
#include <string>

namespace thig {

// One attempt that has been recorded.
struct AttemptReport {
  DeliveryId id;
  std::string endpoint_name;
  std::string event_type;
  Attempt attempt;
  DeliveryState state = DeliveryState::pending;  // pending: will be retried
  std::optional<Time> retry_at;
};

// Told what happens, on the dispatcher's thread, after it is recorded.
class DispatchObserver {
 public:
  virtual ~DispatchObserver() = default;
  virtual void settled(const AttemptReport&) {}
  virtual void failing(const Endpoint&, const EndpointHealth&) {}
  virtual void paused(const Endpoint&, const EndpointHealth&) {}
  virtual void disabled(const Endpoint&, const std::string& /*reason*/) {}
  // A webhook that was failing has been delivered to.
  virtual void recovered(const Endpoint&) {}
  // The database cannot be read or written: results are kept and nothing is started until it can.
  virtual void stuck(const Error&) {}
  virtual void unstuck() {}
  // Attempts cannot be made for lack of something of this machine's: they wait, and not more than
  // `at_once` are made at the same time from now on.
  virtual void lacking(const std::string& /*what*/, std::size_t /*at_once*/) {}
  // A webhook's deliveries cannot be signed or sent at all (no key for its secret, an encrypted
  // client key); they stay pending, their attempts unspent.
  virtual void blocked(const Endpoint&, const Error&) {}
  // Once a minute while there is more to deliver than is delivered.
  virtual void limited(const LimitReport&) {}
};

}  // namespace thig

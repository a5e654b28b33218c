// Deliveries that are only tests: in the history, but in no figure, and never made again. The rules
// of store.h hold here; both methods may be lost by a power failure.
#pragma once

#include "core/base/error.h"
#include "core/model/delivery.h"
#include "core/model/event.h"

#include <string_view>

namespace thig {

class TestDeliveryStore {
 public:
  virtual ~TestDeliveryStore() = default;

  // Records an event for this webhook alone, and its delivery as a test that has no outcome yet.
  // `not_found` if the webhook is gone.
  virtual Result<Event> begin_test(EndpointId endpoint, std::string_view type,
                                   std::string_view data, Time now) = 0;
  // Records its result.
  virtual Status finish_test(DeliveryId id, const Attempt& attempt, Time now) = 0;
};

}  // namespace thig

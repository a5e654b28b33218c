// TestDeliveryStore on SQLite.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/test_delivery_store.h"

namespace thig::sqlite {

class TestDeliveries final : public TestDeliveryStore {
 public:
  explicit TestDeliveries(Connection& connection) : connection_(connection) {}

  Result<Event> begin_test(EndpointId endpoint, std::string_view type, std::string_view data,
                           Time now) override;
  Status finish_test(DeliveryId id, const Attempt& attempt, Time now) override;

 private:
  Connection& connection_;
};

}  // namespace thig::sqlite

// TestStore on SQLite.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/store.h"

namespace thig::sqlite {

class Tests final : public TestStore {
 public:
  explicit Tests(Connection& connection) : connection_(connection) {}

  Result<Event> begin_test(EndpointId endpoint, std::string_view type, std::string_view data,
                           Time now) override;
  Status finish_test(DeliveryId id, const Attempt& attempt, Time now) override;

 private:
  Connection& connection_;
};

}  // namespace thig::sqlite

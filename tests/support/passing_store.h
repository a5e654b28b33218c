// A store that passes everything on: for one part that is to be another.
#pragma once

#include "core/store/store.h"

#include <utility>

namespace thig {

class PassingStore : public Store {
 public:
  explicit PassingStore(Store& inner) : inner_(inner) {}

  ConfigStore& config() override { return inner_.config(); }
  IntakeStore& intake() override { return inner_.intake(); }
  QueueStore& queue() override { return inner_.queue(); }
  TestDeliveryStore& test_deliveries() override { return inner_.test_deliveries(); }
  HistoryStore& history() override { return inner_.history(); }
  StatisticsStore& statistics() override { return inner_.statistics(); }
  RecoveryStore& recovery() override { return inner_.recovery(); }
  IncomingConfigStore& incoming() override { return inner_.incoming(); }
  IncomingRequestStore& requests() override { return inner_.requests(); }
  MaintenanceStore& maintenance() override { return inner_.maintenance(); }
  ApiKeyStore& api_keys() override { return inner_.api_keys(); }
  SessionStore& sessions() override { return inner_.sessions(); }
  void on_change(std::function<void()> announce) override { inner_.on_change(std::move(announce)); }

 private:
  Store& inner_;
};

}  // namespace thig

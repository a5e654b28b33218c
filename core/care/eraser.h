// Erasing what is recorded about somebody: one walk through events and received requests.
#pragma once

#include "core/rules/json_condition.h"
#include "core/store/maintenance_store.h"

#include <string>
#include <vector>

namespace thig {

class Eraser {
 public:
  // `dry_run` only counts. All conditions are to hold.
  Eraser(MaintenanceStore& store, std::vector<JsonCondition> conditions, bool dry_run);

  // Searches the next few MiB, or erases some of what was found, in one transaction of a few
  // milliseconds. True while there is more to do.
  Result<bool> step();

  // Erased, or found by a dry run (which does not count deliveries).
  const ErasedCounts& counts() const { return counts_; }
  std::int64_t searched() const { return searched_; }
  // Ids of the first that were found.
  const std::vector<std::string>& sample() const { return sample_; }

 private:
  Status search();
  Status erase_some();
  void note(std::string id);

  MaintenanceStore& store_;
  std::vector<JsonCondition> conditions_;
  bool dry_run_;
  EventId cursor_;
  bool more_ = true;             // to be searched
  std::vector<EventId> events_;  // found, and still to be erased
  std::vector<RequestId> requests_;
  ErasedCounts counts_;
  std::int64_t searched_ = 0;
  std::vector<std::string> sample_;
};

}  // namespace thig

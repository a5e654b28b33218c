// RecoveryStore on SQLite.
#pragma once

#include "core/store/recovery_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

class Recovery final : public RecoveryStore {
 public:
  explicit Recovery(Connection& connection) : connection_(connection) {}

  Result<std::vector<Retried>> retry(std::span<const DeliveryId> ids, Time due_at) override;
  Result<CancelledPart> cancel(std::span<const DeliveryId> ids, Time now, Unfit unfit) override;
  Result<EndedPart> count_ended(const EndedRange& range, std::size_t limit) override;
  Result<EndedPart> requeue_ended(const EndedRange& range, std::size_t limit, Time now,
                                  const DueTimes& due) override;
  Result<PendingPart> count_pending(const PendingRange& range, std::size_t limit) override;
  Result<PendingPart> cancel_pending(const PendingRange& range, std::size_t limit,
                                     Time now) override;
  Result<UnsentPart> count_unsent(const UnsentRange& range, std::size_t limit) override;
  Result<UnsentPart> record_unsent(const UnsentRange& range, std::size_t limit, Time now) override;

 private:
  Connection& connection_;
};

}  // namespace thig::sqlite

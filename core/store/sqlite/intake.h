// IntakeStore on SQLite.
#pragma once

#include "core/store/intake_store.h"
#include "core/store/sqlite/ballast.h"
#include "core/store/sqlite/transaction.h"

#include <utility>

namespace thig::sqlite {

// `full` while the database's filesystem has fewer than `floor` bytes free.
Status check_space(const Connection& connection, std::uint64_t floor);

class Intake final : public IntakeStore {
 public:
  // Nothing is accepted while the filesystem has fewer than `floor` bytes free. The ballast is made
  // with the first that is: what fills the disk may come before the first who dispatches, and
  // pruning needs space, too.
  Intake(Connection& connection, std::uint64_t floor, Ballast ballast)
      : connection_(connection), floor_(floor), ballast_(std::move(ballast)) {}

  Result<std::vector<Acceptance>> accept(std::span<const NewEvent> events, Time now,
                                         std::int64_t config_version, Portion portion,
                                         Given given) override;

 private:
  Result<std::vector<Acceptance>> record_keyed(std::span<const NewEvent> events, Time now,
                                               Transaction& transaction, Portion portion);
  Status commit(Transaction& transaction);

  Connection& connection_;
  std::uint64_t floor_;
  Ballast ballast_;
  bool ballast_made_ = false;
};

}  // namespace thig::sqlite

// IntakeStore on SQLite.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/store.h"

namespace thig::sqlite {

// `full` while the database's filesystem has fewer than `floor` bytes free.
Status check_space(const Connection& connection, std::uint64_t floor);

class Intake final : public IntakeStore {
 public:
  // Nothing is accepted while the filesystem has fewer than `floor` bytes free.
  Intake(Connection& connection, std::uint64_t floor) : connection_(connection), floor_(floor) {}

  Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
                                      std::int64_t config_version, Portion portion) override;

 private:
  Connection& connection_;
  std::uint64_t floor_;
};

}  // namespace thig::sqlite

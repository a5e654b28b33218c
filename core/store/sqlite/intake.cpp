#include "core/store/sqlite/intake.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

#include <fmt/format.h>

namespace thig::sqlite {

Status check_space(const Connection& connection, std::uint64_t floor) {
  THIG_TRY_ASSIGN(space, free_space(connection.file()));
  if (space >= floor) return {};
  return fail(
      ErrorCode::full,
      fmt::format("only {} MiB are free for {}; the last {} MiB are kept for recording results",
                  space >> 20, connection.file(), floor >> 20),
      "nothing was recorded; free some space on that filesystem and try again");
}

Result<std::vector<EventId>> Intake::accept(std::span<const NewEvent> events, Time now,
                                            std::int64_t config_version, Portion portion,
                                            Given /*given*/) {
  if (events.empty()) return std::vector<EventId>();
  THIG_TRY(check_space(connection_, floor_));
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(current, read_config_version(connection_));
  if (current != config_version) return config_changed();
  const Transaction* bound = portion == Portion::first ? &transaction : nullptr;
  THIG_TRY_ASSIGN(ids, record_events(connection_, events, now, bound));
  THIG_TRY(transaction.commit());
  if (!ballast_made_) ballast_made_ = ballast_.reserve();
  return ids;
}

}  // namespace thig::sqlite

#include "core/store/sqlite/intake.h"

#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

#include <fmt/format.h>

namespace thig::sqlite {

Status Intake::check_space() const {
  THIG_TRY_ASSIGN(space, free_space(connection_.file()));
  if (space >= floor_) return {};
  return fail(
      ErrorCode::full,
      fmt::format("only {} MiB are free for {}; the last {} MiB are kept for recording results",
                  space >> 20, connection_.file(), floor_ >> 20),
      "nothing was recorded; free some space on that filesystem and try again");
}

Result<std::vector<EventId>> Intake::accept(std::span<const NewEvent> events, Time now,
                                            std::int64_t config_version) {
  if (events.empty()) return std::vector<EventId>();
  THIG_TRY(check_space());
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(current, read_config_version(connection_));
  if (current != config_version) {
    return fail(ErrorCode::conflict, "the webhooks were changed meanwhile", "try again");
  }
  THIG_TRY_ASSIGN(ids, record_events(connection_, events, now));
  THIG_TRY(transaction.commit());
  return ids;
}

}  // namespace thig::sqlite

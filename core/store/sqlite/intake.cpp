#include "core/store/sqlite/intake.h"

#include "core/store/recording.h"
#include "core/store/refusals.h"
#include "core/store/sqlite/idempotency.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/place.h"
#include "core/store/sqlite/record.h"

#include <algorithm>

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

Result<std::vector<Acceptance>> Intake::accept(std::span<const NewEvent> events, Time now,
                                               std::int64_t config_version, Portion portion,
                                               Given /*given*/) {
  if (events.empty()) return std::vector<Acceptance>();
  THIG_TRY(check_space(connection_, floor_));
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(current, read_config_version(connection_));
  if (current != config_version) return config_changed();
  if (std::ranges::any_of(events,
                          [](const NewEvent& one) { return one.idempotency.has_value(); })) {
    return record_keyed(events, now, transaction, portion);
  }
  const Transaction* bound = portion == Portion::first ? &transaction : nullptr;
  THIG_TRY_ASSIGN(ids, record_events(connection_, events, now, bound));
  THIG_TRY(commit(transaction));
  std::vector<Acceptance> accepted;
  accepted.reserve(ids.size());
  for (const EventId id : ids) accepted.push_back({.id = id});
  return accepted;
}

// The write lock is held from before the look-up until the keys are kept, so of all who come with
// one key at the same time one records its event, and the others find that.
Result<std::vector<Acceptance>> Intake::record_keyed(std::span<const NewEvent> events, Time now,
                                                     Transaction& transaction, Portion portion) {
  const Transaction* bound = portion == Portion::first ? &transaction : nullptr;
  // No more is looked up than can be recorded.
  if (bound != nullptr) events = first_of(events, connection_.options().bounds.rows);
  THIG_TRY_ASSIGN(all, Deduplication::of(events, [&](const std::string& key) {
                    return find_key(connection_, key, now);
                  }));
  if (portion == Portion::all && all.has_mismatch()) return all.refused();
  const std::span<const NewEvent> fresh = all.fresh();
  // What was committed by whoever was first is durable, or it could not have been found.
  if (fresh.empty()) return all.accepted({}, now);
  THIG_TRY(check_room_for_keys(connection_, fresh));
  THIG_TRY_ASSIGN(ids, record_events(connection_, fresh, now, bound));
  THIG_TRY(keep_keys(connection_, fresh, ids, now));
  THIG_TRY(commit(transaction));
  return all.accepted(ids, now);
}

Status Intake::commit(Transaction& transaction) {
  THIG_TRY(transaction.commit());
  if (!ballast_made_) ballast_made_ = ballast_.reserve();
  return {};
}

}  // namespace thig::sqlite

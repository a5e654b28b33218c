#include "core/store/sqlite/change.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/record.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectNameTaken = R"(
  SELECT 1 FROM endpoint WHERE name = ?1
   UNION ALL
  SELECT 1 FROM incoming_hook WHERE name = ?1 AND id IS NOT ?2)";

}  // namespace

Status check_name_free(Connection& connection, std::string_view name,
                       std::optional<IncomingHookId> but) {
  Query taken = connection.query(kSelectNameTaken);
  const bool found = taken.with(name, but).next();
  THIG_TRY(taken.finish());
  if (!found) return {};
  return name_taken(name);
}

Status finish_change(Connection& connection, Transaction& transaction,
                     std::span<const NewEvent> raised, Time now) {
  THIG_TRY(raise_config_version(connection));
  THIG_TRY(record_events(connection, raised, now));
  return transaction.commit();
}

}  // namespace thig::sqlite

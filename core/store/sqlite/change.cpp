#include "core/store/sqlite/change.h"

#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/record.h"

#include <fmt/format.h>

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
  return fail(ErrorCode::conflict, fmt::format("there is a webhook named {} already", name),
              "choose another name, or remove that one first");
}

Status finish_change(Connection& connection, Transaction& transaction,
                     std::span<const NewEvent> raised, Time now) {
  THIG_TRY(raise_config_version(connection));
  THIG_TRY(record_events(connection, raised, now));
  return transaction.commit();
}

std::unexpected<Error> no_webhook(std::string_view asked) {
  return fail(ErrorCode::not_found, fmt::format("there is no webhook {}", asked));
}

}  // namespace thig::sqlite

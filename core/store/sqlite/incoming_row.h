// Rows of incoming_hook.
#pragma once

#include "core/model/incoming_hook.h"
#include "core/store/sqlite/connection.h"

#include <optional>
#include <string_view>
#include <vector>

namespace thig::sqlite {

Result<std::vector<IncomingHook>> select_incoming(Connection& connection);
Result<std::optional<IncomingHook>> select_incoming(Connection& connection, IncomingHookId id);
Result<std::optional<IncomingHook>> select_incoming(Connection& connection, std::string_view name);
Status insert_incoming(Connection& connection, const IncomingHook& hook,
                       std::string_view sealed_verify_token, Time now);
// False if there is no such row.
Result<bool> update_incoming(Connection& connection, const IncomingHook& hook,
                             std::string_view sealed_verify_token, Time now);

}  // namespace thig::sqlite

// What all changes of the configuration have in common, be they of outgoing or incoming webhooks.
#pragma once

#include "core/model/event.h"
#include "core/store/sqlite/transaction.h"

#include <optional>
#include <span>
#include <string_view>

namespace thig::sqlite {

// The names of all webhooks are one set: `conflict` if an outgoing or an incoming one has this
// name. `but` is the one that may have it.
Status check_name_free(Connection& connection, std::string_view name,
                       std::optional<IncomingHookId> but = std::nullopt);

// What every change ends with: the version of the configuration, what is raised, the commit.
Status finish_change(Connection& connection, Transaction& transaction,
                     std::span<const NewEvent> raised, Time now);

}  // namespace thig::sqlite

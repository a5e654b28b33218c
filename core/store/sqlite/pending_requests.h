// Which requests are to be acted upon next.
#pragma once

#include "core/model/ids.h"
#include "core/store/sqlite/connection.h"

#include <cstddef>
#include <vector>

namespace thig::sqlite {

// The oldest after `after` of all webhooks that run no command, in their order, at most `limit` of
// them. Costs a few seeks for each
// webhook that has any pending, however many those of commands are.
Result<std::vector<RequestId>> oldest_pending(Connection& connection, RequestId after,
                                              std::size_t limit);

// The webhooks that run commands and have any pending, at the same cost.
Result<std::vector<IncomingHookId>> hooks_with_commands(Connection& connection);

}  // namespace thig::sqlite

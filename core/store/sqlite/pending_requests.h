// Which requests are to be acted upon next, of all webhooks that run no command.
#pragma once

#include "core/model/ids.h"
#include "core/store/sqlite/connection.h"

#include <cstddef>
#include <vector>

namespace thig::sqlite {

// The oldest after `after`, in their order, at most `limit` of them. Costs a few seeks for each
// webhook that has any pending, however many those of commands are.
Result<std::vector<RequestId>> oldest_pending(Connection& connection, RequestId after,
                                              std::size_t limit);

}  // namespace thig::sqlite

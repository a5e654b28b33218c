// What failures have done to an endpoint, as a row.
#pragma once

#include "core/model/endpoint.h"
#include "core/store/queue_store.h"
#include "core/store/sqlite/connection.h"

#include <vector>

namespace thig::sqlite {

// That of a new webhook if this one is gone.
Result<EndpointHealth> select_health(Connection& connection, EndpointId endpoint);
// Of all that have a streak of failures, by id.
Result<std::vector<FailingEndpoint>> select_failing(Connection& connection);
Status insert_health(Connection& connection, EndpointId endpoint, const EndpointHealth& health);
// Does nothing if the webhook is gone.
Status update_health(Connection& connection, EndpointId endpoint, const EndpointHealth& health);

}  // namespace thig::sqlite

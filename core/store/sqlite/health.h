// What failures have done to an endpoint, as a row.
#pragma once

#include "core/model/endpoint.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// That of a new webhook if this one is gone.
Result<EndpointHealth> select_health(Connection& connection, EndpointId endpoint);
Status insert_health(Connection& connection, EndpointId endpoint, const EndpointHealth& health);
// Does nothing if the webhook is gone.
Status update_health(Connection& connection, EndpointId endpoint, const EndpointHealth& health);

}  // namespace thig::sqlite

// The columns that hold what is sealed of webhooks' settings (store/sealed_settings.h).
#pragma once

#include "core/store/sealed_settings.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// The extra headers of the webhook as they are kept now, with their values; none if it is gone.
Result<std::vector<Header>> read_sealed_headers(Connection& connection, Sealing& sealing,
                                                EndpointId id);

// As it is kept; and opened, empty if there is none.
Result<std::string> read_sealed_verify_token(Connection& connection, IncomingHookId id);
Result<std::string> read_verify_token(Connection& connection, Sealing& sealing, IncomingHookId id);

}  // namespace thig::sqlite

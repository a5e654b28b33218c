// An endpoint as a row of its table.
#pragma once

#include "core/model/endpoint.h"
#include "core/store/sqlite/connection.h"

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace thig::sqlite {

Result<std::vector<Endpoint>> select_endpoints(Connection& connection);
Result<std::vector<EndpointSummary>> select_summaries(Connection& connection);
// ConfigStore::each_endpoint_summary.
Status walk_summaries(Connection& connection, bool events,
                      const std::function<void(EndpointSummary)>& take);
Result<std::vector<EndpointSummary>> select_summaries(Connection& connection,
                                                      std::span<const EndpointId> ids);
Result<std::vector<EndpointRoute>> select_routes(Connection& connection);
// Nothing if there is none.
Result<std::optional<Endpoint>> select_endpoint(Connection& connection, EndpointId id);
Result<std::optional<Endpoint>> select_endpoint(Connection& connection, std::string_view name);
Result<bool> endpoint_exists(Connection& connection, EndpointId id);
// Nothing if it is gone.
Result<std::optional<std::int64_t>> select_epoch(Connection& connection, EndpointId id);
// Its times of creation, change and state are `now`. `sealed_headers` as of sealed_settings.h.
Status insert_endpoint(Connection& connection, const Endpoint& endpoint,
                       std::string_view sealed_headers, Time now);
// Everything but its state and its time of creation; raises its epoch if `new_epoch`. Does nothing
// if it is gone.
Status update_endpoint(Connection& connection, const Endpoint& endpoint,
                       std::string_view sealed_headers, bool new_epoch, Time now);

}  // namespace thig::sqlite

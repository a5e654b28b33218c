#include "core/store/sqlite/health.h"

#include <limits>

namespace thig::sqlite {

namespace {

// A pause is called parking in the schema: columns keep the names that databases have them under,
// as another name would be a migration for nothing that anybody sees.
#define THIG_HEALTH_COLUMNS \
  "consecutive_failures, failing_since, warned, endpoint_failures, parked_until, park, window"
constexpr const char* kSelectHealth =
    "SELECT " THIG_HEALTH_COLUMNS " FROM endpoint_health WHERE endpoint_id = ?1";
constexpr const char* kSelectFailing =
    "SELECT " THIG_HEALTH_COLUMNS
    ", endpoint_id FROM endpoint_health WHERE failing_since IS NOT NULL ORDER BY endpoint_id";
#undef THIG_HEALTH_COLUMNS

constexpr const char* kInsertHealth = R"(
  INSERT INTO endpoint_health (endpoint_id, consecutive_failures, failing_since, warned,
                               endpoint_failures, parked_until, park, window)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))";

constexpr const char* kUpdateHealth = R"(
  UPDATE endpoint_health
     SET consecutive_failures = ?2,
         failing_since        = ?3,
         warned               = ?4,
         endpoint_failures    = ?5,
         parked_until         = ?6,
         park                 = ?7,
         window               = ?8
   WHERE endpoint_id = ?1)";

constexpr int kMostFailures = std::numeric_limits<int>::max() - 1;

EndpointHealth read_health(Query& row) {
  EndpointHealth health;
  health.consecutive_failures = row.small(0, 0, kMostFailures);
  health.failing_since = row.optional_time(1);
  health.warned = row.flag(2);
  health.endpoint_failures = row.small(3, 0, kMostFailures);
  health.paused_until = row.optional_time(4);
  health.pause = row.millis(5);
  health.window = row.small(6, 1, 1'000'000);
  return health;
}

Status write_health(Connection& connection, const char* sql, EndpointId endpoint,
                    const EndpointHealth& health) {
  return connection.query(sql).run(endpoint, health.consecutive_failures, health.failing_since,
                                   health.warned, health.endpoint_failures, health.paused_until,
                                   health.pause, health.window);
}

}  // namespace

Result<EndpointHealth> select_health(Connection& connection, EndpointId endpoint) {
  THIG_TRY_ASSIGN(health, connection.query(kSelectHealth).with(endpoint).first(read_health));
  return health.value_or(EndpointHealth());
}

Result<std::vector<FailingEndpoint>> select_failing(Connection& connection) {
  return connection.query(kSelectFailing).all([](Query& row) {
    return FailingEndpoint{.id = row.endpoint_id(7), .health = read_health(row)};
  });
}

Status insert_health(Connection& connection, EndpointId endpoint, const EndpointHealth& health) {
  return write_health(connection, kInsertHealth, endpoint, health);
}

Status update_health(Connection& connection, EndpointId endpoint, const EndpointHealth& health) {
  return write_health(connection, kUpdateHealth, endpoint, health);
}

}  // namespace thig::sqlite

#include "core/store/sqlite/endpoint_row.h"

#include "core/base/json.h"
#include "core/store/sqlite/condition_list.h"
#include "core/store/sqlite/text_list.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace thig::sqlite {

namespace {

#define THIG_ENDPOINT_COLUMNS                                                                  \
  "id, name, url, description, events, headers, signature, signature_header, retry, timeout, " \
  "max_in_flight, rate, allow_private, ca_file, client_cert, client_key, state, disabled_by, " \
  "state_reason, state_since, created_at, updated_at, conditions"

// Read as they stand in the file and sorted then: along the index of names each row is a seek to a
// place of its own.
constexpr const char* kSelectEndpoints = "SELECT " THIG_ENDPOINT_COLUMNS ", epoch FROM endpoint";
#define THIG_SUMMARY_COLUMNS "id, name, url, events, state, state_reason, state_since, disabled_by"
constexpr const char* kSelectSummaries = "SELECT " THIG_SUMMARY_COLUMNS " FROM endpoint";
constexpr const char* kWalkSummaries = "SELECT " THIG_SUMMARY_COLUMNS " FROM endpoint ORDER BY id";
constexpr const char* kSelectSummary =
    "SELECT " THIG_SUMMARY_COLUMNS " FROM endpoint WHERE id = ?1";
constexpr const char* kSelectRoutes =
    "SELECT id, state, events, conditions FROM endpoint ORDER BY id";
constexpr const char* kSelectEndpointById =
    "SELECT " THIG_ENDPOINT_COLUMNS ", epoch FROM endpoint WHERE id = ?1";
constexpr const char* kSelectEndpointByName =
    "SELECT " THIG_ENDPOINT_COLUMNS ", epoch FROM endpoint WHERE name = ?1";
constexpr const char* kInsertEndpoint =
    "INSERT INTO endpoint (" THIG_ENDPOINT_COLUMNS
    ", sealed_headers) VALUES "
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
    "?21, ?22, ?23, ?24)";

constexpr const char* kSelectEpoch = "SELECT epoch FROM endpoint WHERE id = ?1";
// The cheapest place to ask.
constexpr const char* kSelectEndpointExists =
    "SELECT 1 FROM endpoint_counter WHERE endpoint_id = ?1";
constexpr const char* kCountEndpoints = "SELECT count(*) FROM endpoint";
constexpr const char* kUpdateEndpoint = R"(
  UPDATE endpoint
     SET name = ?2, url = ?3, description = ?4, events = ?5, headers = ?6, signature = ?7,
         signature_header = ?8, retry = ?9, timeout = ?10, max_in_flight = ?11, rate = ?12,
         allow_private = ?13, ca_file = ?14, client_cert = ?15, client_key = ?16, updated_at = ?17,
         conditions = ?18, sealed_headers = ?19, epoch = epoch + ?20
   WHERE id = ?1)";

#undef THIG_ENDPOINT_COLUMNS

constexpr std::int64_t kLongestWait = 10LL * 366 * 24 * 3600 * 1000;

std::vector<std::string> names_of(const std::vector<Header>& headers) {
  std::vector<std::string> names;
  for (const Header& header : headers) names.push_back(header.name);
  return names;
}

std::string write_waits(const std::vector<Millis>& waits) {
  JsonWriter json;
  json.begin_array();
  for (const Millis wait : waits) json.number(std::int64_t{wait.count()});
  json.end_array();
  return json.take();
}

// Their values are sealed, in a column of its own.
std::vector<Header> read_headers(Query& row, int column) {
  std::vector<Header> headers;
  for (std::string& name : read_texts(row, column)) headers.push_back({std::move(name), {}});
  return headers;
}

std::vector<Millis> read_waits(Query& row, int column) {
  std::vector<Millis> waits;
  const std::string json = row.text(column);
  for (const std::string_view element : json_elements(json)) {
    const auto wait = json_integer(element);
    if (wait && *wait >= 0 && *wait <= kLongestWait) {
      waits.emplace_back(*wait);
    } else {
      row.reject(column);
    }
  }
  accept_list(row, column, json, write_waits(waits));
  return waits;
}

Endpoint read_endpoint(Query& row) {
  Endpoint endpoint;
  endpoint.id = row.endpoint_id(0);
  endpoint.name = row.text(1);
  endpoint.url = row.text(2);
  endpoint.description = row.text(3);
  endpoint.events = read_texts(row, 4);
  endpoint.headers = read_headers(row, 5);
  endpoint.signature = row.one_of(6, SignatureMode::thig);
  endpoint.signature_header = row.text(7);
  endpoint.retry = read_waits(row, 8);
  endpoint.timeout = row.millis(9);
  endpoint.max_in_flight = row.small(10, 1, 1'000'000);
  endpoint.rate = row.real(11);
  endpoint.allow_private = row.flag(12);
  endpoint.ca_file = row.text(13);
  endpoint.client_cert = row.text(14);
  endpoint.client_key = row.text(15);
  endpoint.state = row.one_of(16, EndpointState::disabled);
  endpoint.disabled_by = row.one_of(17, DisabledBy::gone);
  endpoint.state_reason = row.text(18);
  endpoint.state_since = row.time(19);
  endpoint.created_at = row.time(20);
  endpoint.updated_at = row.time(21);
  endpoint.conditions = read_conditions(row, 22);
  endpoint.epoch = row.count(23);
  return endpoint;
}

EndpointSummary read_summary(Query& row, bool events) {
  return {.id = row.endpoint_id(0),
          .name = row.text(1),
          .url = row.text(2),
          .events = events ? read_texts(row, 3) : std::vector<std::string>(),
          .state = row.one_of(4, EndpointState::disabled),
          .state_reason = row.text(5),
          .state_since = row.time(6),
          .disabled_by = row.one_of(7, DisabledBy::gone)};
}
EndpointSummary read_whole_summary(Query& row) {
  return read_summary(row, true);
}

// They are large, so their places are sorted, and each is moved once.
template <class Webhook>
std::vector<Webhook> by_name(std::vector<Webhook> all) {
  std::vector<Webhook*> order;
  order.reserve(all.size());
  for (Webhook& one : all) order.push_back(&one);
  std::ranges::sort(order, {}, [](const Webhook* one) -> const std::string& { return one->name; });
  std::vector<Webhook> sorted;
  sorted.reserve(all.size());
  for (Webhook* one : order) sorted.push_back(std::move(*one));
  return sorted;
}

Result<std::size_t> count_endpoints(Connection& connection) {
  Query query = connection.query(kCountEndpoints);
  const std::int64_t count = query.next() ? query.count(0) : 0;
  THIG_TRY(query.finish());
  return static_cast<std::size_t>(count);
}

}  // namespace

Result<std::vector<Endpoint>> select_endpoints(Connection& connection) {
  THIG_TRY_ASSIGN(count, count_endpoints(connection));
  THIG_TRY_ASSIGN(all, connection.query(kSelectEndpoints).all(read_endpoint, count));
  return by_name(std::move(all));
}

Result<std::vector<EndpointSummary>> select_summaries(Connection& connection) {
  THIG_TRY_ASSIGN(count, count_endpoints(connection));
  THIG_TRY_ASSIGN(all, connection.query(kSelectSummaries).all(read_whole_summary, count));
  return by_name(std::move(all));
}

// Walking by the key costs nothing more.
Status walk_summaries(Connection& connection, bool events,
                      const std::function<void(EndpointSummary)>& take) {
  Query row = connection.query(kWalkSummaries);
  while (row.next()) {
    EndpointSummary summary = read_summary(row, events);
    if (row.sound()) take(std::move(summary));
  }
  return row.finish();
}

Result<std::vector<EndpointSummary>> select_summaries(Connection& connection,
                                                      std::span<const EndpointId> ids) {
  std::vector<EndpointSummary> summaries;
  Query row = connection.query(kSelectSummary);
  for (const EndpointId id : ids) {
    THIG_TRY_ASSIGN(summary, row.with(id).first(read_whole_summary));
    if (summary) summaries.push_back(std::move(*summary));
  }
  return summaries;
}

// Many endpoints subscribe to the same under the same conditions: lists are taken apart once.
Result<std::vector<EndpointRoute>> select_routes(Connection& connection) {
  std::vector<EndpointRoute> routes;
  std::unordered_map<std::string, std::size_t> by_list;
  Query row = connection.query(kSelectRoutes);
  while (row.next()) {
    std::string lists = row.text(2);
    if (const std::string conditions = row.text(3); conditions != kNoConditions)
      lists += conditions;
    const auto [entry, fresh] = by_list.try_emplace(std::move(lists), routes.size());
    if (fresh) {
      routes.push_back({.events = read_texts(row, 2),
                        .conditions = read_conditions(row, 3),
                        .enabled = {},
                        .disabled = {}});
    }
    EndpointRoute& route = routes[entry->second];
    const bool enabled = row.one_of(1, EndpointState::disabled) == EndpointState::enabled;
    (enabled ? route.enabled : route.disabled).push_back(row.endpoint_id(0));
  }
  THIG_TRY(row.finish());
  return routes;
}

Result<std::optional<Endpoint>> select_endpoint(Connection& connection, EndpointId id) {
  return connection.query(kSelectEndpointById).with(id).first(read_endpoint);
}

Result<std::optional<Endpoint>> select_endpoint(Connection& connection, std::string_view name) {
  return connection.query(kSelectEndpointByName).with(name).first(read_endpoint);
}

Result<std::optional<std::int64_t>> select_epoch(Connection& connection, EndpointId endpoint) {
  return connection.query(kSelectEpoch).with(endpoint).first([](Query& row) {
    return row.count(0);
  });
}

Result<bool> endpoint_exists(Connection& connection, EndpointId endpoint) {
  Query query = connection.query(kSelectEndpointExists);
  const bool found = query.with(endpoint).next();
  THIG_TRY(query.finish());
  return found;
}

Status insert_endpoint(Connection& connection, const Endpoint& endpoint,
                       std::string_view sealed_headers, Time now) {
  return connection.query(kInsertEndpoint)
      .run(endpoint.id, endpoint.name, endpoint.url, endpoint.description,
           write_texts(endpoint.events), write_texts(names_of(endpoint.headers)),
           endpoint.signature, endpoint.signature_header, write_waits(endpoint.retry),
           endpoint.timeout, endpoint.max_in_flight, endpoint.rate, endpoint.allow_private,
           endpoint.ca_file, endpoint.client_cert, endpoint.client_key, endpoint.state,
           endpoint.disabled_by, endpoint.state_reason, now, now, now,
           write_conditions(endpoint.conditions), Blob{sealed_headers});
}

Status update_endpoint(Connection& connection, const Endpoint& endpoint,
                       std::string_view sealed_headers, bool new_epoch, Time now) {
  return connection.query(kUpdateEndpoint)
      .run(endpoint.id, endpoint.name, endpoint.url, endpoint.description,
           write_texts(endpoint.events), write_texts(names_of(endpoint.headers)),
           endpoint.signature, endpoint.signature_header, write_waits(endpoint.retry),
           endpoint.timeout, endpoint.max_in_flight, endpoint.rate, endpoint.allow_private,
           endpoint.ca_file, endpoint.client_cert, endpoint.client_key, now,
           write_conditions(endpoint.conditions), Blob{sealed_headers}, new_epoch);
}

}  // namespace thig::sqlite

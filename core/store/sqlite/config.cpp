#include "core/store/sqlite/config.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/audit.h"
#include "core/store/sqlite/change.h"
#include "core/store/sqlite/endpoint_row.h"
#include "core/store/sqlite/health.h"
#include "core/store/sqlite/leftovers.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/sealed_columns.h"
#include "core/store/sqlite/sessions.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectEndpointIdTaken = "SELECT 1 FROM endpoint WHERE id = ?1";
constexpr const char* kInsertEndpointCounter =
    "INSERT INTO endpoint_counter (endpoint_id) VALUES (?1)";

constexpr const char* kUpdateState = R"(
  UPDATE endpoint
     SET state = ?2, disabled_by = ?3, state_reason = ?4,
         state_since = CASE WHEN state = ?2 THEN state_since ELSE ?5 END, epoch = epoch + 1
   WHERE id = ?1)";

constexpr const char* kTouchEndpoint =
    "UPDATE endpoint SET updated_at = ?2, epoch = epoch + 1 WHERE id = ?1";

constexpr const char* kDeleteEndpoint = "DELETE FROM endpoint WHERE id = ?1";
constexpr const char* kDeleteHealth = "DELETE FROM endpoint_health WHERE endpoint_id = ?1";
constexpr const char* kDeleteEndpointCounter =
    "DELETE FROM endpoint_counter WHERE endpoint_id = ?1";

constexpr const char* kPutEventType = R"(
  INSERT OR REPLACE INTO event_type (name, category, description, sample)
  VALUES (?1, ?2, ?3, ?4))";
constexpr const char* kDeleteEventType = "DELETE FROM event_type WHERE name = ?1";
constexpr const char* kSelectSetting = "SELECT value FROM setting WHERE name = ?1";
constexpr const char* kPutSetting = "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)";

constexpr const char* kPutMember = "INSERT OR REPLACE INTO member (name, role) VALUES (?1, ?2)";
constexpr const char* kDeleteMember = "DELETE FROM member WHERE name = ?1";
constexpr const char* kSelectMembers = "SELECT name, role FROM member ORDER BY name";
constexpr const char* kSelectEventTypes =
    "SELECT name, category, description, sample FROM event_type ORDER BY name";

SecretOwner owner_of(EndpointId id) {
  return {.id = id.value, .text = to_text(id)};
}

}  // namespace

Status Config::in_transaction(const std::function<Status()>& work) {
  {
    THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
    THIG_TRY(work());
    THIG_TRY(transaction.commit());
  }
  delete_all_leftovers(connection_);
  return {};
}

Result<std::int64_t> Config::config_version() {
  THIG_TRY(connection_.check_in_place());
  return read_config_version(connection_);
}

Result<std::vector<Endpoint>> Config::endpoints() {
  return select_endpoints(connection_);
}

Result<std::vector<std::optional<Endpoint>>> Config::endpoints(std::span<const EndpointId> ids) {
  std::vector<std::optional<Endpoint>> all;
  if (ids.empty()) return all;
  all.reserve(ids.size());
  THIG_TRY_ASSIGN(view, Transaction::read(connection_));
  for (const EndpointId id : ids) {
    THIG_TRY_ASSIGN(one, select_endpoint(connection_, id));
    all.push_back(std::move(one));
  }
  return all;
}

Result<std::vector<EndpointSummary>> Config::endpoint_summaries() {
  return select_summaries(connection_);
}

Status Config::each_endpoint_summary(bool events,
                                     const std::function<void(EndpointSummary)>& take) {
  return walk_summaries(connection_, events, take);
}

Result<std::vector<EndpointSummary>> Config::endpoint_summaries(std::span<const EndpointId> ids) {
  return select_summaries(connection_, ids);
}

Result<std::vector<EndpointRoute>> Config::routes() {
  return select_routes(connection_);
}

Result<Endpoint> Config::find_endpoint(std::string_view name_or_id) {
  if (const auto id = parse_endpoint_id(name_or_id)) {
    THIG_TRY_ASSIGN(by_id, select_endpoint(connection_, *id));
    if (by_id) return std::move(*by_id);
  }
  THIG_TRY_ASSIGN(by_name, select_endpoint(connection_, name_or_id));
  if (by_name) return std::move(*by_name);
  return no_webhook(name_or_id);
}

Result<std::vector<Secret>> Config::secrets(EndpointId id, Time now) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  THIG_TRY_ASSIGN(secrets, secrets_.read(owner_of(id), now));
  if (secrets.empty()) {
    THIG_TRY_ASSIGN(endpoint, select_endpoint(connection_, id));
    if (!endpoint) return no_webhook(to_text(id));
  }
  return secrets;
}

Result<std::vector<Result<EndpointKeys>>> Config::keys(std::span<const EndpointId> endpoints,
                                                       Time now) {
  std::vector<Result<EndpointKeys>> all;
  if (endpoints.empty()) return all;
  all.reserve(endpoints.size());
  THIG_TRY_ASSIGN(view, Transaction::read(connection_));
  for (const EndpointId endpoint : endpoints) {
    Result<EndpointKeys> one = keys_of(endpoint, now);
    if (!one && one.error().code != ErrorCode::key) {
      return std::unexpected(std::move(one).error());
    }
    all.push_back(std::move(one));
  }
  return all;
}

Result<EndpointKeys> Config::keys_of(EndpointId id, Time now) {
  EndpointKeys keys;
  THIG_TRY_ASSIGN(live, secrets_.read(owner_of(id), now));
  if (live.empty()) return fail(ErrorCode::key, "the webhook has no secret");
  keys.secrets = std::move(live);
  THIG_TRY_ASSIGN(headers, read_sealed_headers(connection_, sealing_, id));
  keys.headers = std::move(headers);
  return keys;
}

Status Config::open_headers(Endpoint& endpoint) {
  if (endpoint.headers.empty()) return {};
  THIG_TRY_ASSIGN(headers, read_sealed_headers(connection_, sealing_, endpoint.id));
  endpoint.headers = std::move(headers);
  return {};
}

Status Config::check_new(const Endpoint& endpoint) {
  THIG_TRY(check_name_free(connection_, endpoint.name));
  Query taken = connection_.query(kSelectEndpointIdTaken);
  const bool found = taken.with(endpoint.id).next();
  THIG_TRY(taken.finish());
  if (!found) return {};
  return webhook_id_taken(to_text(endpoint.id));
}

Status Config::add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                            std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(check_new(endpoint));
  THIG_TRY_ASSIGN(sealed, seal_headers(sealing_, endpoint.id, endpoint.headers));
  THIG_TRY(insert_endpoint(connection_, endpoint, sealed, now));
  THIG_TRY(insert_health(connection_, endpoint.id, {}));
  THIG_TRY(connection_.query(kInsertEndpointCounter).run(endpoint.id));
  THIG_TRY(secrets_.add(owner_of(endpoint.id), secret, now));
  return finish_change(connection_, transaction, raised, now);
}

Status Config::update_endpoint(const Endpoint& endpoint, Time now,
                               std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY_ASSIGN(before, select_endpoint(connection_, endpoint.id));
  if (!before) return no_webhook(to_text(endpoint.id));
  THIG_TRY(open_headers(*before));
  if (before->name != endpoint.name) THIG_TRY(check_name_free(connection_, endpoint.name));
  THIG_TRY_ASSIGN(sealed, seal_headers(sealing_, endpoint.id, endpoint.headers));
  THIG_TRY(
      sqlite::update_endpoint(connection_, endpoint, sealed, !sends_alike(*before, endpoint), now));
  if (before->url != endpoint.url) THIG_TRY(update_health(connection_, endpoint.id, {}));
  return finish_change(connection_, transaction, raised, now);
}

Result<std::optional<Time>> Config::paused_until(EndpointId id) {
  THIG_TRY_ASSIGN(health, select_health(connection_, id));
  return health.paused_until;
}

Status Config::set_endpoint_state(EndpointId id, EndpointState state, DisabledBy by,
                                  std::string_view reason, Time now,
                                  std::span<const NewEvent> raised) {
  const bool enable = state == EndpointState::enabled;
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kUpdateState)
               .run(id, state, enable ? DisabledBy::nobody : by,
                    enable ? std::string_view() : reason, now));
  if (connection_.changes() == 0) return no_webhook(to_text(id));
  if (enable) THIG_TRY(update_health(connection_, id, {}));
  return finish_change(connection_, transaction, raised, now);
}

Status Config::remove_endpoint(EndpointId id, Time now, std::span<const NewEvent> raised) {
  {
    THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
    THIG_TRY(connection_.query(kDeleteEndpoint).run(id));
    if (connection_.changes() == 0) return no_webhook(to_text(id));
    THIG_TRY(secrets_.remove(owner_of(id)));
    for (const char* sql : {kDeleteHealth, kDeleteEndpointCounter}) {
      THIG_TRY(connection_.query(sql).run(id));
    }
    THIG_TRY(note_leftovers(connection_, id));
    THIG_TRY(finish_change(connection_, transaction, raised, now));
  }
  delete_all_leftovers(connection_);
  return {};
}

Status Config::rotate_secret(EndpointId id, const Secret& fresh, std::optional<Time> old_until,
                             Time now, std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kTouchEndpoint).run(id, now));
  if (connection_.changes() == 0) return no_webhook(to_text(id));
  THIG_TRY(secrets_.rotate(owner_of(id), fresh, old_until, now));
  return finish_change(connection_, transaction, raised, now);
}

Result<std::vector<Member>> Config::members() {
  return connection_.query(kSelectMembers).all([](Query& row) {
    return Member{row.text(0), row.one_of(1, Role::viewer)};
  });
}

Status Config::put_member(const Member& member) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kPutMember).run(member.name, member.role));
  THIG_TRY(check_owned());
  return transaction.commit();
}

Status Config::remove_member(std::string_view name) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kDeleteMember).run(name));
  if (connection_.changes() == 0) return no_member(name);
  THIG_TRY(check_owned());
  THIG_TRY(end_sessions(connection_, name));
  return transaction.commit();
}

Status Config::check_owned() {
  THIG_TRY_ASSIGN(left, members());
  return check_owner_left(left);
}

Status Config::record_audit(const AuditEntry& entry) {
  return insert_audit(connection_, entry);
}

Result<std::vector<AuditEntry>> Config::audit(const AuditFilter& filter) {
  return select_audit(connection_, filter);
}

Status Config::put_event_type(const EventType& type, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kPutEventType)
               .run(type.name, type.category, type.description, type.sample));
  return finish_change(connection_, transaction, {}, now);
}

Status Config::remove_event_type(std::string_view name, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kDeleteEventType).run(name));
  if (connection_.changes() == 0) return no_own_event_type(name);
  return finish_change(connection_, transaction, {}, now);
}

Result<std::string> Config::setting(std::string_view name) {
  Query row = connection_.query(kSelectSetting);
  std::string value = row.with(name).next() ? row.text(0) : std::string();
  THIG_TRY(row.finish());
  return value;
}

Status Config::put_setting(std::string_view name, std::string_view value) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kPutSetting).run(name, value));
  return transaction.commit();
}

Result<std::vector<EventType>> Config::own_event_types() {
  return connection_.query(kSelectEventTypes).all([](Query& row) {
    return EventType{row.text(0), row.text(1), row.text(2), row.text(3), false};
  });
}

}  // namespace thig::sqlite

#include "core/store/sqlite/config.h"

#include "core/store/sqlite/endpoint_row.h"
#include "core/store/sqlite/health.h"
#include "core/store/sqlite/leftovers.h"
#include "core/store/sqlite/meta.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

#include <fmt/format.h>

namespace thig::sqlite {

namespace {

constexpr const char* kSelectTaken = "SELECT name = ?1 FROM endpoint WHERE name = ?1 OR id = ?2";
constexpr const char* kInsertCounter = "INSERT INTO endpoint_counter (endpoint_id) VALUES (?1)";

constexpr const char* kUpdateState = R"(
  UPDATE endpoint
     SET state = ?2, disabled_by = ?3, state_reason = ?4, state_since = ?5
   WHERE id = ?1)";

constexpr const char* kTouch = "UPDATE endpoint SET updated_at = ?2 WHERE id = ?1";

constexpr const char* kDeleteEndpoint = "DELETE FROM endpoint WHERE id = ?1";
constexpr const char* kDeleteSecrets = "DELETE FROM endpoint_secret WHERE endpoint_id = ?1";
constexpr const char* kDeleteHealth = "DELETE FROM endpoint_health WHERE endpoint_id = ?1";
constexpr const char* kDeleteCounter = "DELETE FROM endpoint_counter WHERE endpoint_id = ?1";

constexpr const char* kSelectMembers = "SELECT name, role FROM member ORDER BY name";
constexpr const char* kSelectEventTypes =
    "SELECT name, category, description, sample FROM event_type ORDER BY name";

std::unexpected<Error> no_webhook(std::string_view asked) {
  return fail(ErrorCode::not_found, fmt::format("there is no webhook {}", asked));
}

}  // namespace

Result<std::int64_t> Config::config_version() {
  return read_config_version(connection_);
}

Result<std::vector<Endpoint>> Config::endpoints() {
  return select_endpoints(connection_);
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
  THIG_TRY_ASSIGN(secrets, secrets_.read(id, now));
  if (secrets.empty()) {
    THIG_TRY_ASSIGN(endpoint, select_endpoint(connection_, id));
    if (!endpoint) return no_webhook(to_text(id));
  }
  return secrets;
}

Status Config::check_new(const Endpoint& endpoint) {
  Query taken = connection_.query(kSelectTaken);
  taken.with(endpoint.name, endpoint.id);
  const bool found = taken.next();
  const bool same_name = found && taken.flag(0);
  THIG_TRY(taken.finish());
  if (!found) return {};
  if (!same_name) {
    return fail(ErrorCode::conflict,
                fmt::format("there is a webhook with the id {} already", to_text(endpoint.id)),
                "try again");
  }
  return fail(ErrorCode::conflict,
              fmt::format("there is a webhook named {} already", endpoint.name),
              "choose another name, or remove that one first");
}

Status Config::finish_change(Transaction& transaction, std::span<const NewEvent> raised, Time now) {
  THIG_TRY(raise_config_version(connection_));
  THIG_TRY(record_events(connection_, raised, now));
  return transaction.commit();
}

Status Config::add_endpoint(const Endpoint& endpoint, const Secret& secret, Time now,
                            std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(check_new(endpoint));
  THIG_TRY(insert_endpoint(connection_, endpoint, now));
  THIG_TRY(insert_health(connection_, endpoint.id, {}));
  THIG_TRY(connection_.query(kInsertCounter).run(endpoint.id));
  THIG_TRY(secrets_.add(endpoint.id, secret, now));
  return finish_change(transaction, raised, now);
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
  return finish_change(transaction, raised, now);
}

Status Config::remove_endpoint(EndpointId id, Time now, std::span<const NewEvent> raised) {
  {
    THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
    THIG_TRY(connection_.query(kDeleteEndpoint).run(id));
    if (connection_.changes() == 0) return no_webhook(to_text(id));
    for (const char* sql : {kDeleteSecrets, kDeleteHealth, kDeleteCounter}) {
      THIG_TRY(connection_.query(sql).run(id));
    }
    THIG_TRY(note_leftovers(connection_, id));
    THIG_TRY(finish_change(transaction, raised, now));
  }
  // The webhook is gone now. What is left of it is invisible, and whoever opens the database next
  // goes on deleting, so a failure here is none of the removal.
  for (auto more = delete_leftovers(connection_); more && *more;) {
    more = delete_leftovers(connection_);
  }
  return {};
}

Status Config::rotate_secret(EndpointId id, const Secret& fresh, std::optional<Time> old_until,
                             Time now, std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kTouch).run(id, now));
  if (connection_.changes() == 0) return no_webhook(to_text(id));
  THIG_TRY(secrets_.rotate(id, fresh, old_until, now));
  return finish_change(transaction, raised, now);
}

Result<std::vector<Member>> Config::members() {
  std::vector<Member> members;
  Query row = connection_.query(kSelectMembers);
  while (row.next()) members.push_back({row.text(0), row.one_of(1, Role::viewer)});
  THIG_TRY(row.finish());
  return members;
}

Result<std::vector<EventType>> Config::own_event_types() {
  std::vector<EventType> types;
  Query row = connection_.query(kSelectEventTypes);
  while (row.next()) {
    types.push_back({row.text(0), row.text(1), row.text(2), row.text(3), false});
  }
  THIG_TRY(row.finish());
  return types;
}

}  // namespace thig::sqlite

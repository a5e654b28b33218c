#include "core/store/sqlite/incoming_row.h"

#include "core/base/json.h"
#include "core/store/sqlite/condition_list.h"
#include "core/store/sqlite/text_list.h"

namespace thig::sqlite {

namespace {

#define THIG_INCOMING_COLUMNS                                                                    \
  "id, name, description, action, event_type, fields, conditions, command, directory, timeout, " \
  "max_parallel, scheme, sealed_verify_token, allowed_addresses, content_types, max_body, "      \
  "dedupe, rate, "                                                                               \
  "enabled, "                                                                                    \
  "created_at, updated_at"

constexpr const char* kSelectHooks =
    "SELECT " THIG_INCOMING_COLUMNS " FROM incoming_hook ORDER BY name";
constexpr const char* kSelectHookById =
    "SELECT " THIG_INCOMING_COLUMNS " FROM incoming_hook WHERE id = ?1";
constexpr const char* kSelectHookByName =
    "SELECT " THIG_INCOMING_COLUMNS " FROM incoming_hook WHERE name = ?1";
constexpr const char* kInsertHook =
    "INSERT INTO incoming_hook (" THIG_INCOMING_COLUMNS
    ", verify_token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
    "?16, ?17, ?18, ?19, ?20, ?20, '')";

#undef THIG_INCOMING_COLUMNS

constexpr const char* kUpdateHook = R"(
  UPDATE incoming_hook
     SET name = ?2, description = ?3, action = ?4, event_type = ?5, fields = ?6, conditions = ?7,
         command = ?8, directory = ?9, timeout = ?10, max_parallel = ?11, scheme = ?12,
         sealed_verify_token = ?13, allowed_addresses = ?14, content_types = ?15, max_body = ?16,
         dedupe = ?17, rate = ?18, enabled = ?19, updated_at = ?20
   WHERE id = ?1)";

constexpr std::int64_t kMostBodyBytes = std::int64_t{1} << 30;

// [["name", 0, "/data/title", null], …]
std::string write_fields(const std::vector<FieldRule>& fields) {
  JsonWriter json;
  json.begin_array();
  for (const FieldRule& rule : fields) {
    json.begin_array().text(rule.field);
    write_ref(json, rule.value);
    rule.fallback ? json.text(*rule.fallback) : json.null();
    json.end_array();
  }
  return json.end_array().take();
}

std::vector<FieldRule> read_fields(Query& row, int column) {
  std::vector<FieldRule> fields;
  const std::string json = row.text(column);
  for (const std::string_view element : json_elements(json)) {
    const auto parts = json_elements(element);
    auto name = parts.size() == 4 ? json_text(parts[0]) : std::nullopt;
    auto ref = parts.size() == 4 ? read_ref(parts[1], parts[2]) : std::nullopt;
    auto fallback = parts.size() == 4 ? json_text(parts[3]) : std::nullopt;
    if (!name || !ref || (!fallback && json_kind(parts[3]) != JsonKind::null)) {
      row.reject(column);
      return {};
    }
    fields.push_back(
        {.field = std::move(*name), .value = std::move(*ref), .fallback = std::move(fallback)});
  }
  accept_list(row, column, json, write_fields(fields));
  return fields;
}

IncomingHook read_hook(Query& row) {
  IncomingHook hook;
  hook.id = row.hook_id(0);
  hook.name = row.text(1);
  hook.description = row.text(2);
  hook.action.kind = row.one_of(3, ActionKind::run);
  hook.action.event_type = row.text(4);
  hook.action.fields = read_fields(row, 5);
  hook.action.conditions = read_conditions(row, 6);
  hook.action.command = read_texts(row, 7);
  hook.action.directory = row.text(8);
  hook.action.timeout = row.millis(9);
  hook.action.max_parallel = row.small(10, 1, 1000);
  hook.scheme = row.text(11);
  hook.verify_token_sealed = !row.blob(12).empty();
  hook.allowed_addresses = read_texts(row, 13);
  hook.content_types = read_texts(row, 14);
  hook.max_body = static_cast<std::size_t>(row.integer(15, 0, kMostBodyBytes));
  hook.dedupe = row.millis(16);
  hook.rate = row.real(17);
  hook.enabled = row.flag(18);
  hook.created_at = row.time(19);
  hook.updated_at = row.time(20);
  // An action without its command cannot be run at all.
  if (hook.action.kind == ActionKind::run && hook.action.command.empty()) row.reject(7);
  return hook;
}

Status write_hook(Connection& connection, const char* sql, const IncomingHook& hook,
                  std::string_view sealed_verify_token, Time now) {
  const IncomingAction& action = hook.action;
  return connection.query(sql).run(
      hook.id, hook.name, hook.description, action.kind, action.event_type,
      write_fields(action.fields), write_conditions(action.conditions), write_texts(action.command),
      action.directory, action.timeout, action.max_parallel, hook.scheme, Blob{sealed_verify_token},
      write_texts(hook.allowed_addresses), write_texts(hook.content_types), hook.max_body,
      hook.dedupe, hook.rate, hook.enabled, now);
}

}  // namespace

Result<std::vector<IncomingHook>> select_incoming(Connection& connection) {
  return connection.query(kSelectHooks).all(read_hook);
}

Result<std::optional<IncomingHook>> select_incoming(Connection& connection, IncomingHookId id) {
  return connection.query(kSelectHookById).with(id).first(read_hook);
}

Result<std::optional<IncomingHook>> select_incoming(Connection& connection, std::string_view name) {
  return connection.query(kSelectHookByName).with(name).first(read_hook);
}

Status insert_incoming(Connection& connection, const IncomingHook& hook,
                       std::string_view sealed_verify_token, Time now) {
  return write_hook(connection, kInsertHook, hook, sealed_verify_token, now);
}

Result<bool> update_incoming(Connection& connection, const IncomingHook& hook,
                             std::string_view sealed_verify_token, Time now) {
  THIG_TRY(write_hook(connection, kUpdateHook, hook, sealed_verify_token, now));
  return connection.changes() > 0;
}

}  // namespace thig::sqlite

#include "core/store/sqlite/incoming_config.h"

#include "core/base/hmac.h"
#include "core/store/refusals.h"
#include "core/store/sqlite/change.h"
#include "core/store/sqlite/incoming_row.h"
#include "core/store/sqlite/leftovers.h"
#include "core/store/sqlite/sealed_columns.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectHookIdTaken = "SELECT 1 FROM incoming_hook WHERE id = ?1";
constexpr const char* kInsertHookCounter = "INSERT INTO incoming_counter (hook_id) VALUES (?1)";
constexpr const char* kTouchHook = "UPDATE incoming_hook SET updated_at = ?2 WHERE id = ?1";

constexpr const char* kDeleteHook = "DELETE FROM incoming_hook WHERE id = ?1";
constexpr const char* kDeleteHookCounter = "DELETE FROM incoming_counter WHERE hook_id = ?1";

constexpr const char* kSelectToken = R"(
  SELECT hook_id, expires_at FROM incoming_token
   WHERE hash = ?1 AND (expires_at IS NULL OR expires_at > ?2))";

constexpr const char* kSelectTokenOwner =
    "SELECT hook_id, expires_at FROM incoming_token WHERE hash = ?1";
constexpr const char* kDeleteToken = "DELETE FROM incoming_token WHERE hash = ?1";

SecretOwner owner_of(IncomingHookId id) {
  return {.id = id.value, .text = to_text(id)};
}

Status check_id_free(Connection& connection, IncomingHookId id) {
  Query taken = connection.query(kSelectHookIdTaken);
  const bool found = taken.with(id).next();
  THIG_TRY(taken.finish());
  if (!found) return {};
  return webhook_id_taken(to_text(id));
}

// One that was given may have been in use: what is left of it, ended or in overlap, makes room.
Status make_token_free(Connection& connection, IncomingHookId owner, const Secret& token,
                       Time now) {
  const std::string hashed = hash(Digest::sha256, token.text);
  struct Row {
    IncomingHookId hook;
    std::optional<Time> expires_at;
  };
  const auto read = [](Query& row) { return Row{row.hook_id(0), row.optional_time(1)}; };
  THIG_TRY_ASSIGN(there, connection.query(kSelectTokenOwner).with(Blob{hashed}).first(read));
  if (!there) return {};
  const bool gives_way = there->expires_at && (there->hook == owner || *there->expires_at <= now);
  if (!gives_way) return token_taken();
  return connection.query(kDeleteToken).run(Blob{hashed});
}

}  // namespace

Result<std::vector<IncomingHook>> IncomingConfig::hooks() {
  return select_incoming(connection_);
}

Result<IncomingHook> IncomingConfig::find(std::string_view name_or_id) {
  if (const auto id = parse_incoming_hook_id(name_or_id)) {
    THIG_TRY_ASSIGN(by_id, select_incoming(connection_, *id));
    if (by_id) return std::move(*by_id);
  }
  THIG_TRY_ASSIGN(by_name, select_incoming(connection_, name_or_id));
  if (by_name) return std::move(*by_name);
  return no_webhook(name_or_id);
}

Result<std::optional<IncomingHook>> IncomingConfig::find_by_id(IncomingHookId id) {
  return select_incoming(connection_, id);
}

Status IncomingConfig::add(const IncomingHook& hook, const Secret& token,
                           const std::optional<Secret>& secret, Time now,
                           std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(check_name_free(connection_, hook.name));
  THIG_TRY(check_id_free(connection_, hook.id));
  THIG_TRY_ASSIGN(sealed, seal_verify_token(sealing_, hook.id, hook.verify_token));
  THIG_TRY(insert_incoming(connection_, hook, sealed, now));
  THIG_TRY(connection_.query(kInsertHookCounter).run(hook.id));
  THIG_TRY(make_token_free(connection_, hook.id, token, now));
  THIG_TRY(tokens_.add(owner_of(hook.id), token, now));
  if (secret) THIG_TRY(secrets_.add(owner_of(hook.id), *secret, now));
  return finish_change(connection_, transaction, raised, now);
}

Status IncomingConfig::update(const IncomingHook& hook, const std::optional<Secret>& secret,
                              Time now, std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(check_name_free(connection_, hook.name, hook.id));
  // One that was not read stays as it is.
  THIG_TRY_ASSIGN(sealed, hook.verify_token_sealed
                              ? read_sealed_verify_token(connection_, hook.id)
                              : seal_verify_token(sealing_, hook.id, hook.verify_token));
  THIG_TRY_ASSIGN(found, update_incoming(connection_, hook, sealed, now));
  if (!found) return no_webhook(to_text(hook.id));
  if (secret) THIG_TRY(secrets_.rotate(owner_of(hook.id), *secret, std::nullopt, now));
  return finish_change(connection_, transaction, raised, now);
}

Status IncomingConfig::remove(IncomingHookId id, Time now, std::span<const NewEvent> raised) {
  {
    THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
    THIG_TRY(connection_.query(kDeleteHook).run(id));
    if (connection_.changes() == 0) return no_webhook(to_text(id));
    THIG_TRY(secrets_.remove(owner_of(id)));
    THIG_TRY(tokens_.remove(owner_of(id)));
    THIG_TRY(connection_.query(kDeleteHookCounter).run(id));
    THIG_TRY(note_leftovers(connection_, id));
    THIG_TRY(finish_change(connection_, transaction, raised, now));
  }
  delete_all_leftovers(connection_);
  return {};
}

Result<std::vector<Secret>> IncomingConfig::read(Secrets& from, IncomingHookId id, Time now) {
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  THIG_TRY_ASSIGN(secrets, from.read(owner_of(id), now));
  if (secrets.empty()) {
    THIG_TRY_ASSIGN(hook, select_incoming(connection_, id));
    if (!hook) return no_webhook(to_text(id));
  }
  return secrets;
}

Result<std::vector<Secret>> IncomingConfig::secrets(IncomingHookId id, Time now) {
  return read(secrets_, id, now);
}

Status IncomingConfig::open_verify_token(IncomingHook& hook) {
  if (!hook.verify_token_sealed) return {};
  THIG_TRY_ASSIGN(token, read_verify_token(connection_, sealing_, hook.id));
  hook.verify_token = std::move(token);
  hook.verify_token_sealed = false;
  return {};
}

Result<std::vector<Secret>> IncomingConfig::tokens(IncomingHookId id, Time now) {
  return read(tokens_, id, now);
}

Status IncomingConfig::rotate(Secrets& of, IncomingHookId id, const Secret& fresh,
                              std::optional<Time> old_until, Time now,
                              std::span<const NewEvent> raised) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kTouchHook).run(id, now));
  if (connection_.changes() == 0) return no_webhook(to_text(id));
  if (&of == &tokens_) THIG_TRY(make_token_free(connection_, id, fresh, now));
  THIG_TRY(of.rotate(owner_of(id), fresh, old_until, now));
  return finish_change(connection_, transaction, raised, now);
}

Status IncomingConfig::rotate_secret(IncomingHookId id, const Secret& fresh,
                                     std::optional<Time> old_until, Time now,
                                     std::span<const NewEvent> raised) {
  return rotate(secrets_, id, fresh, old_until, now, raised);
}

Status IncomingConfig::rotate_token(IncomingHookId id, const Secret& fresh,
                                    std::optional<Time> old_until, Time now,
                                    std::span<const NewEvent> raised) {
  return rotate(tokens_, id, fresh, old_until, now, raised);
}

Result<std::optional<OpenedHook>> IncomingConfig::find_by_token(std::string_view hash, Time now) {
  struct Token {
    IncomingHookId hook;
    std::optional<Time> expires_at;
  };
  THIG_TRY_ASSIGN(snapshot, Transaction::read(connection_));
  const auto read = [](Query& row) { return Token{row.hook_id(0), row.optional_time(1)}; };
  THIG_TRY_ASSIGN(token, connection_.query(kSelectToken).with(Blob{hash}, now).first(read));
  if (!token) return std::nullopt;
  THIG_TRY_ASSIGN(hook, select_incoming(connection_, token->hook));
  if (!hook) return std::nullopt;
  return OpenedHook{.hook = std::move(*hook), .expires_at = token->expires_at};
}

}  // namespace thig::sqlite

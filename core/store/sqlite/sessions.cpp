#include "core/store/sqlite/sessions.h"

#include "core/store/refusals.h"
#include "core/store/sqlite/transaction.h"

namespace thig::sqlite {

namespace {

#define THIG_SESSION_COLUMNS \
  "SELECT id, member, client, created_at, expires_at, last_used_at FROM session "

constexpr const char* kSelectSessions = THIG_SESSION_COLUMNS "ORDER BY created_at DESC, id";
constexpr const char* kSelectSessionByHash = THIG_SESSION_COLUMNS "WHERE hash = ?1";

#undef THIG_SESSION_COLUMNS

constexpr const char* kInsertSession = R"(
  INSERT INTO session (id, hash, member, client, created_at, expires_at, last_used_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))";
constexpr const char* kNoteSessionUse =
    "UPDATE session SET last_used_at = max(last_used_at, ?2) WHERE id = ?1";
constexpr const char* kDeleteSession = "DELETE FROM session WHERE id = ?1";
constexpr const char* kDeleteEndedSessions =
    "DELETE FROM session WHERE expires_at <= ?1 OR last_used_at <= ?2";
constexpr const char* kDeleteSessions = "DELETE FROM session WHERE ?1 IS NULL OR member = ?1";

constexpr const char* kInsertCode =
    "INSERT INTO login_code (hash, member, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)";
constexpr const char* kSelectCode =
    "SELECT member, created_at, expires_at FROM login_code WHERE hash = ?1";
constexpr const char* kDeleteCode = "DELETE FROM login_code WHERE hash = ?1";
constexpr const char* kDeleteExpiredCodes = "DELETE FROM login_code WHERE expires_at <= ?1";
constexpr const char* kDeleteCodes = "DELETE FROM login_code WHERE ?1 IS NULL OR member = ?1";

constexpr std::int64_t kLastSessionId = (std::int64_t{1} << 40) - 1;

Session read_session(Query& row) {
  return {.id = {row.integer(0, 0, kLastSessionId)},
          .member = row.text(1),
          .client = row.text(2),
          .created_at = row.time(3),
          .expires_at = row.time(4),
          .last_used_at = row.time(5)};
}

LoginCode read_code(Query& row) {
  return {.member = row.text(0), .created_at = row.time(1), .expires_at = row.time(2)};
}

}  // namespace

Result<std::vector<Session>> Sessions::all(Time now) {
  THIG_TRY_ASSIGN(sessions, connection_.query(kSelectSessions).all(read_session));
  std::erase_if(sessions, [now](const Session& session) { return has_ended(session, now); });
  return sessions;
}

Result<std::optional<Session>> Sessions::find_by_hash(std::string_view hash, Time now) {
  THIG_TRY_ASSIGN(found,
                  connection_.query(kSelectSessionByHash).with(Blob{hash}).first(read_session));
  if (found && has_ended(*found, now)) return std::nullopt;
  return found;
}

Status Sessions::remove_ended(Time now) {
  THIG_TRY(connection_.query(kDeleteExpiredCodes).run(now));
  return connection_.query(kDeleteEndedSessions).run(now, now - longest_idle);
}

Status Sessions::add_code(const LoginCode& code, std::string_view hash) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(remove_ended(code.created_at));
  THIG_TRY(connection_.query(kInsertCode)
               .run(Blob{hash}, code.member, code.created_at, code.expires_at));
  return transaction.commit();
}

Result<std::optional<Session>> Sessions::redeem(std::string_view code_hash, const Session& session,
                                                std::string_view hash) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(remove_ended(session.created_at));
  THIG_TRY_ASSIGN(code, connection_.query(kSelectCode).with(Blob{code_hash}).first(read_code));
  if (!code) return std::nullopt;
  THIG_TRY(connection_.query(kDeleteCode).run(Blob{code_hash}));
  Session added = session;
  added.member = code->member;
  THIG_TRY(connection_.query(kInsertSession)
               .run(added.id, Blob{hash}, added.member, added.client, added.created_at,
                    added.expires_at, added.last_used_at));
  THIG_TRY(transaction.commit());
  return added;
}

Status Sessions::note_uses(std::span<const SessionUse> uses) {
  if (uses.empty()) return {};
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::crash));
  for (const SessionUse& use : uses) {
    THIG_TRY(connection_.query(kNoteSessionUse).run(use.id, use.last));
  }
  return transaction.commit();
}

Status Sessions::end(SessionId id) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(connection_.query(kDeleteSession).run(id));
  if (connection_.changes() == 0) return no_session(to_text(id));
  return transaction.commit();
}

Status Sessions::end_all(std::optional<std::string_view> member) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::power_loss));
  THIG_TRY(end_sessions(connection_, member));
  return transaction.commit();
}

Status end_sessions(Connection& connection, std::optional<std::string_view> member) {
  THIG_TRY(connection.query(kDeleteCodes).run(member));
  return connection.query(kDeleteSessions).run(member);
}

}  // namespace thig::sqlite

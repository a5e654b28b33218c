#include "core/store/sqlite/audit.h"

#include <limits>

namespace thig::sqlite {

namespace {

constexpr const char* kInsertAudit = R"(
  INSERT INTO audit (at, actor, role, action, subject, before, after, via)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))";

// The configuration does not change often: walking the trail is quick enough.
constexpr const char* kSelectAudit = R"(
  SELECT id, at, actor, role, action, subject, before, after, via
    FROM audit
   WHERE id < ?1 AND (?2 = '' OR subject = ?2) AND (?3 = '' OR actor = ?3)
     AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6)
   ORDER BY id DESC
   LIMIT ?4)";

}  // namespace

Status insert_audit(Connection& connection, const AuditEntry& entry) {
  return connection.query(kInsertAudit)
      .run(entry.at, entry.actor.name, entry.actor.role, entry.action, entry.subject, entry.before,
           entry.after, entry.actor.via);
}

Result<std::vector<AuditEntry>> select_audit(Connection& connection, const AuditFilter& filter) {
  return connection.query(kSelectAudit)
      .with(filter.before.value_or(std::numeric_limits<std::int64_t>::max()), filter.subject,
            filter.actor, filter.limit, filter.since, filter.until)
      .all([](Query& row) {
        return AuditEntry{
            .number = row.integer(0, 1),
            .at = row.time(1),
            .actor = {.name = row.text(2), .role = row.one_of(3, Role::viewer), .via = row.text(8)},
            .action = row.text(4),
            .subject = row.text(5),
            .before = row.text(6),
            .after = row.text(7)};
      });
}

}  // namespace thig::sqlite

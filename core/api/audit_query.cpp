#include "core/api/audit_query.h"

#include "core/documents/json_members.h"

#include <utility>

namespace thig {

Result<AuditFilter> read_query(const AuditQuery& query, Time now, const Wording& wording) {
  THIG_TRY_ASSIGN(range, parse_time_range(query.since, query.until, now, wording));
  return AuditFilter{.subject = query.subject,
                     .actor = query.actor,
                     .since = range.since,
                     .until = range.until,
                     .before = query.before,
                     .limit = query.limit};
}

// One more than asked for, to know whether there are more.
Result<FoundChanges> find_changes(ConfigStore& config, AuditFilter filter) {
  const std::size_t limit = filter.limit++;
  THIG_TRY_ASSIGN(entries, config.audit(filter));
  FoundChanges found{.entries = std::move(entries)};
  found.more = found.entries.size() > limit;
  if (found.more) found.entries.pop_back();
  return found;
}

std::string_view role_of(const AuditEntry& entry) {
  return entry.actor.name.empty() ? std::string_view() : to_text(entry.actor.role);
}

std::string changes_document(std::span<const AuditEntry> entries) {
  return list_document(entries, [](JsonWriter& json, const AuditEntry& entry) {
    json.key("number").number(entry.number);
    write_time(json, "time", entry.at);
    write_text_or_null(json, "member", entry.actor.name);
    write_text_or_null(json, "role", role_of(entry));
    write_text_or_null(json, "via", entry.actor.via);
    json.key("action").text(entry.action).key("subject").text(entry.subject);
    for (auto [name, side] : {std::pair{"before", &entry.before}, {"after", &entry.after}}) {
      json.key(name);
      // What stands in the database is not believed to be JSON.
      side->empty() || !check_json(*side) ? json.null() : json.raw(*side);
    }
  });
}

}  // namespace thig

#include "core/api/audit_query.h"

#include "core/base/csv.h"
#include "core/documents/json_members.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

constexpr std::size_t read_at_once = 500;

void append_change(std::string& csv, const AuditEntry& entry) {
  append_csv_row(csv, {std::to_string(entry.number), format_rfc3339_millis(entry.at),
                       entry.actor.name, role_of(entry), entry.actor.via, entry.action,
                       entry.subject, entry.before, entry.after});
}

}  // namespace

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

JsonDifference difference_of(const AuditEntry& entry) {
  const auto sound = [](const std::string& side) { return side.empty() || check_json(side); };
  if (!sound(entry.before) || !sound(entry.after)) return {};
  return {entry.before, entry.after};
}

// Bit by bit, so that not all of them are in memory twice.
Result<std::string> changes_csv(ConfigStore& config, AuditFilter filter) {
  std::string csv;
  append_csv_row(
      csv, {"number", "time", "member", "role", "via", "action", "subject", "before", "after"});
  for (std::size_t left = filter.limit; left > 0;) {
    filter.limit = std::min(left, read_at_once);
    THIG_TRY_ASSIGN(entries, config.audit(filter));
    for (const AuditEntry& entry : entries) append_change(csv, entry);
    if (entries.size() < filter.limit) break;
    left -= entries.size();
    filter.before = entries.back().number;
  }
  return csv;
}

}  // namespace thig

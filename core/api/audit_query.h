// The trail of changes: which are meant, in words, and what is found of them.
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/documents/json_difference.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

inline constexpr std::size_t changes_at_once = 50;

// As somebody has written it; empty: not given. The fields are named as here.
struct AuditQuery {
  std::string subject{};
  std::string actor{};
  std::optional<std::string> since{};  // moments
  std::optional<std::string> until{};
  std::optional<std::int64_t> before{};  // the number of the last of the page before
  std::size_t limit = changes_at_once;
};
// `usage`, naming the field.
Result<AuditFilter> read_query(const AuditQuery& query, Time now, const Wording& wording);

struct FoundChanges {
  std::vector<AuditEntry> entries;  // newest first
  bool more = false;                // after the last of these
};
Result<FoundChanges> find_changes(ConfigStore& config, AuditFilter filter);

// What the trail says of the member's role then; nothing of what thig-hooks did itself.
std::string_view role_of(const AuditEntry& entry);

std::string changes_document(std::span<const AuditEntry> entries);

// What such a change has changed; nothing of what is not JSON, for what stands in the database is
// not believed to be.
JsonDifference difference_of(const AuditEntry& entry);

// The changes as comma-separated values, newest first, with a line of names before them: at most
// `filter.limit`.
Result<std::string> changes_csv(ConfigStore& config, AuditFilter filter);

}  // namespace thig

// The trail of the configuration's changes, as rows.
#pragma once

#include "core/store/config_store.h"
#include "core/store/sqlite/connection.h"

#include <vector>

namespace thig::sqlite {

Status insert_audit(Connection& connection, const AuditEntry& entry);
// Newest first.
Result<std::vector<AuditEntry>> select_audit(Connection& connection, const AuditFilter& filter);

}  // namespace thig::sqlite

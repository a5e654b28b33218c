// A consistent copy of a database that others go on using.
#pragma once

#include "core/store/maintenance_store.h"

#include <string>

namespace thig::sqlite {

// As MaintenanceStore::back_up says. Neither the database itself nor the key file is ever replaced.
Result<BackupReport> back_up(const std::string& database, const std::string& key_file,
                             const BackupOptions& options);

// The same under a name of the program's own, closed to all but the database's owner; one that is
// there already is replaced. Works for any schema.
Status copy_beside(const std::string& database, const std::string& copy);

}  // namespace thig::sqlite

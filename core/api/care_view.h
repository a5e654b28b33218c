// What keeping a database well has done, as documents.
#pragma once

#include "core/care/eraser.h"
#include "core/store/maintenance_store.h"

#include <optional>
#include <string>

namespace thig {

// History that was deleted, or, without `after`, would be.
std::string prune_document(const PruneCounts& counts, const DatabaseSize& before,
                           const std::optional<DatabaseSize>& after);

// The copy of a database in `file`, and the key file that it needs.
std::string backup_document(const BackupReport& report, const std::string& file,
                            const std::string& key_file);

// What was erased; `journal_cleared` says whether the database's journal holds none of it. Without
// that: what would be erased.
std::string erase_document(const Eraser& eraser, std::optional<bool> journal_cleared);

}  // namespace thig

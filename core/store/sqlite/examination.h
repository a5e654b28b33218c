// Looking at a database without trusting it.
#pragma once

#include "core/base/random.h"
#include "core/store/examination.h"
#include "core/store/sqlite/sqlite_store.h"

namespace thig {

// Never writes, never fails: what goes wrong is part of what was found. `whole` checks every row
// and index however long that takes; otherwise the structure, unless there is too much of it.
DatabaseExamination examine_sqlite(const SqliteOptions& options, bool whole, Random& random);

// "3.40.1", of the library in use.
std::string sqlite_version();

}  // namespace thig

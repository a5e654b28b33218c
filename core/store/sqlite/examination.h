// Looking at a database without trusting it.
#pragma once

#include "core/base/random.h"
#include "core/store/examination.h"
#include "core/store/sqlite/sqlite_store.h"

#include <functional>

namespace thig {

// Never writes, never fails: what goes wrong is part of what was found. `whole` checks every row
// and index however long that takes; otherwise the structure, unless there is too much of it. Once
// `goes_on`, which is asked now and then, says no, it ends with a failure.
DatabaseExamination examine_sqlite(
    const SqliteOptions& options, bool whole, Random& random,
    const std::function<bool()>& goes_on = [] { return true; });

// "3.40.1", of the library in use.
std::string sqlite_version();

}  // namespace thig

// Long work that writes leaves the database to others between its steps.
#pragma once

#include "cli/context.h"

namespace thig {

// A moment in which whoever waits for the database gets it.
void let_others_write();

// Moves what was written into the database's file, which takes its new size then, and empties the
// journal. Tried for a while: others may be using it. False if they still are.
Result<bool> clear_journal(Context& context, Store& store);

}  // namespace thig

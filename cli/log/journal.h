// The end of long work that writes.
#pragma once

#include "cli/app/context.h"

namespace thig {

// Moves what was written into the database's file, which takes its new size then, and empties the
// journal. Tried for a while: others may be using it. False if they still are.
Result<bool> clear_journal(Context& context, Store& store);

}  // namespace thig

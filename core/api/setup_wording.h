// How the file of `apply` calls what remarks and errors name: "caFile", "secret": {"file": "FILE"}.
// What is said once for a whole command, such as --db, stays a flag, and operations are commands.
#pragma once

#include "core/api/words.h"

namespace thig {

const Wording& setup_wording();

}  // namespace thig

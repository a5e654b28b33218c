// Asking before what cannot be undone.
#pragma once

#include "cli/app/context.h"

#include <string>

namespace thig {

// Asks on the terminal; true for yes. `usage`, naming --yes, where nobody can be asked.
Result<bool> confirm(Context& context, const std::string& question);

}  // namespace thig

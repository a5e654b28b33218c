// Looking again and again, for --follow and --watch.
#pragma once

#include "cli/app/context.h"

#include <functional>

namespace thig {

// Calls `look`, which writes what there is to say, now and every so often, until the command is
// told to stop, which is its usual end, or nobody reads any more. Errors of `look` end it.
Status follow(Context& context, Millis every, const std::function<Status()>& look);

}  // namespace thig

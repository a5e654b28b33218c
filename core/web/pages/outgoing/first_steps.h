// What leads a new installation from nothing to its first delivery, ticked off as it happens.
#pragma once

#include "core/base/error.h"
#include "core/web/call.h"
#include "core/web/pages/frame/overview.h"
#include "core/web/pages/html/html.h"

namespace thig::pages {

// Empty once an event was delivered, and for whoever may not take the steps.
Result<Html> first_steps(Call& call, const Overview& overview);

}  // namespace thig::pages

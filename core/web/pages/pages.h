// All pages: a page reads a Call, calls what the command line and the HTTP API call, and shows it.
#pragma once

#include "core/web/page_set.h"

namespace thig {

// For AdminOptions.
PageSet page_set();

}  // namespace thig

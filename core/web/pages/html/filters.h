// What is wrong with the filters of a list, which stay above it to be put right.
#pragma once

#include "core/base/error.h"
#include "core/web/pages/html/html.h"

namespace thig::pages {

// In the place of the list.
Html wrong_filter(Error error);

}  // namespace thig::pages

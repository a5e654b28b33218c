// What is wrong with the filters of a list, which stay above it to be corrected.
#pragma once

#include "core/base/error.h"
#include "core/web/pages/html/html.h"

namespace thig::pages {

// Whether it is what was asked for that is wrong, and not the list.
bool is_about_filters(const Error& error);
// In the place of the list.
Html wrong_filter(Error error);

}  // namespace thig::pages

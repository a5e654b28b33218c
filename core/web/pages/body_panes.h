// A body that came from elsewhere, as a page shows it: as text, laid out where that can be, and
// bounded.
#pragma once

#include "core/web/pages/html.h"

#include <string_view>

namespace thig::pages {

// `name` tells its buttons from those of others on the page. `whole_size`: of the body as it came,
// where only its beginning is left.
Html body_panes(std::string_view title, std::string_view name, std::string_view body,
                std::string_view content_type, std::size_t whole_size);

}  // namespace thig::pages

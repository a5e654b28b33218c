// What answers the pages of what belongs to every page (page_routes.cpp).
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

namespace thig::pages {

// live.cpp: server-sent events
Result<HttpResponse> watch_changes(Call& call);

// theme.cpp
Result<HttpResponse> choose_theme(Call& call);

}  // namespace thig::pages

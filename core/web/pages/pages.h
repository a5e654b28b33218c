// What answers each page (page_routes.cpp). A page reads a Call, calls what the command line and
// the HTTP API call, and shows it.
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"
#include "core/web/page_set.h"

namespace thig {

// All pages, for AdminOptions.
PageSet page_set();

namespace pages {

// login.cpp
Result<HttpResponse> show_login(Call& call);

// webhook_list.cpp
Result<HttpResponse> go_to_webhooks(Call& call);
Result<HttpResponse> show_webhooks(Call& call);

}  // namespace pages
}  // namespace thig

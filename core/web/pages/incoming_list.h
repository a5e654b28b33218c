// The tab Incoming of the list.
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"
#include "core/web/pages/html.h"

#include <cstdint>

namespace thig::pages {

// Of the page of webhooks.
Html direction_tabs(std::int64_t outgoing, std::int64_t incoming, bool on_outgoing);

Result<HttpResponse> show_incoming_webhooks(Call& call);

}  // namespace thig::pages

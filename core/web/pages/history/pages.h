// What answers the pages of what happened: deliveries, events, changes (page_routes.cpp).
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

namespace thig::pages {

// deliveries.cpp: the list, and what is done with several of them
Result<HttpResponse> show_deliveries(Call& call);
Result<HttpResponse> change_deliveries(Call& call);

// delivery.cpp
Result<HttpResponse> show_delivery_page(Call& call);
Result<HttpResponse> retry_delivery_page(Call& call);
Result<HttpResponse> cancel_delivery_page(Call& call);

// event.cpp
Result<HttpResponse> show_event_page(Call& call);

// audit_list.cpp
Result<HttpResponse> list_changes(Call& call);
Result<HttpResponse> export_changes(Call& call);

// event_sample.cpp
Result<HttpResponse> ask_emit_sample(Call& call);
Result<HttpResponse> emit_sample(Call& call);

}  // namespace thig::pages

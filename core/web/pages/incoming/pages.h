// What answers the pages of incoming webhooks and their requests (page_routes.cpp).
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

namespace thig::pages {

// incoming_list.cpp: the tab Incoming of /admin/webhooks
Result<HttpResponse> show_incoming_webhooks(Call& call);

// request_list.cpp, request_page.cpp
Result<HttpResponse> list_requests(Call& call);
Result<HttpResponse> show_request(Call& call);
Result<HttpResponse> replay_request(Call& call);

// incoming_page.cpp: of one incoming webhook
Result<HttpResponse> show_incoming_webhook(Call& call);

// incoming_add.cpp, incoming_edit.cpp
Result<HttpResponse> show_add_incoming(Call& call);
Result<HttpResponse> add_incoming_webhook(Call& call);
Result<HttpResponse> show_edit_incoming(Call& call);
Result<HttpResponse> edit_incoming_webhook(Call& call);

// incoming_switch.cpp
Result<HttpResponse> enable_incoming_webhook(Call& call);
Result<HttpResponse> disable_incoming_webhook(Call& call);
Result<HttpResponse> ask_remove_incoming(Call& call);
Result<HttpResponse> remove_incoming_webhook(Call& call);
Result<HttpResponse> reveal_incoming_url(Call& call);

// incoming_rotate.cpp: each with the page that asks first
Result<HttpResponse> ask_rotate_incoming_url(Call& call);
Result<HttpResponse> rotate_incoming_url(Call& call);
Result<HttpResponse> ask_rotate_incoming_secret(Call& call);
Result<HttpResponse> rotate_incoming_secret(Call& call);

}  // namespace thig::pages

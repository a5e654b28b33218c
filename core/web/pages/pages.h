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
Result<HttpResponse> log_in(Call& call);
Result<HttpResponse> log_out(Call& call);
Result<HttpResponse> extend_session(Call& call);

// live.cpp: server-sent events
Result<HttpResponse> watch_changes(Call& call);

// theme.cpp
Result<HttpResponse> choose_theme(Call& call);

// webhook_list.cpp
Result<HttpResponse> go_to_webhooks(Call& call);
Result<HttpResponse> show_webhooks(Call& call);

// webhook_overview.cpp: of one outgoing webhook
Result<HttpResponse> show_webhook_page(Call& call);

// deliveries.cpp: the list, and what is done with several of them
Result<HttpResponse> show_deliveries(Call& call);
Result<HttpResponse> change_deliveries(Call& call);

// delivery.cpp
Result<HttpResponse> show_delivery_page(Call& call);
Result<HttpResponse> retry_delivery_page(Call& call);
Result<HttpResponse> cancel_delivery_page(Call& call);

// event.cpp
Result<HttpResponse> show_event_page(Call& call);

// request_list.cpp, request_page.cpp
Result<HttpResponse> list_requests(Call& call);
Result<HttpResponse> show_request(Call& call);
Result<HttpResponse> replay_request(Call& call);

// audit_list.cpp
Result<HttpResponse> list_changes(Call& call);
Result<HttpResponse> export_changes(Call& call);

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

// member_list.cpp
Result<HttpResponse> list_members(Call& call);

// developer.cpp, api_key_pages.cpp
Result<HttpResponse> show_developer(Call& call);
Result<HttpResponse> show_add_key(Call& call);
Result<HttpResponse> add_key(Call& call);
Result<HttpResponse> enable_key(Call& call);
Result<HttpResponse> disable_key(Call& call);
Result<HttpResponse> ask_remove_key(Call& call);
Result<HttpResponse> remove_key(Call& call);

// session_pages.cpp
Result<HttpResponse> end_session(Call& call);
Result<HttpResponse> ask_end_sessions(Call& call);
Result<HttpResponse> end_sessions(Call& call);

// webhook_add.cpp
Result<HttpResponse> show_add_webhook(Call& call);
Result<HttpResponse> add_webhook(Call& call);

// webhook_edit.cpp
Result<HttpResponse> show_edit_webhook(Call& call);
Result<HttpResponse> edit_webhook(Call& call);

// webhook_switch.cpp: each with the page that asks first
Result<HttpResponse> enable_webhook(Call& call);
Result<HttpResponse> ask_disable_webhook(Call& call);
Result<HttpResponse> disable_webhook(Call& call);
Result<HttpResponse> ask_remove_webhook(Call& call);
Result<HttpResponse> remove_webhook(Call& call);

// webhook_secret.cpp
Result<HttpResponse> ask_rotate_webhook(Call& call);
Result<HttpResponse> rotate_webhook(Call& call);
Result<HttpResponse> ask_reveal_webhook(Call& call);
Result<HttpResponse> reveal_webhook(Call& call);

// webhook_test.cpp
Result<HttpResponse> ask_test_webhook(Call& call);
Result<HttpResponse> test_webhook(Call& call);

// webhook_recover.cpp
Result<HttpResponse> ask_recover_webhook(Call& call);
Result<HttpResponse> recover_webhook(Call& call);

// webhook_bulk.cpp
Result<HttpResponse> change_webhooks(Call& call);

// event_sample.cpp
Result<HttpResponse> ask_emit_sample(Call& call);
Result<HttpResponse> emit_sample(Call& call);

}  // namespace pages
}  // namespace thig

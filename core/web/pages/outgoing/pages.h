// What answers the pages of outgoing webhooks (page_routes.cpp).
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

namespace thig::pages {

// webhook_list.cpp
Result<HttpResponse> go_to_webhooks(Call& call);
Result<HttpResponse> show_webhooks(Call& call);

// webhook_overview.cpp: of one outgoing webhook
Result<HttpResponse> show_webhook_page(Call& call);

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

}  // namespace thig::pages

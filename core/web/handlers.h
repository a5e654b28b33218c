// What answers each route (route.h); by the same functions, and with the same documents, as the
// command line.
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig::web {

// events.cpp
std::vector<Result<HttpResponse>> emit_together(std::span<Call> calls);
Result<HttpResponse> emit_many(Call& call);
Result<HttpResponse> explain_event(Call& call);
Result<HttpResponse> list_event_types(Call& call);

// webhooks.cpp: outgoing ones
Result<HttpResponse> list_webhooks(Call& call);
Result<HttpResponse> show_webhook(Call& call);
Result<HttpResponse> add_webhook(Call& call);
Result<HttpResponse> edit_webhook(Call& call);
Result<HttpResponse> remove_webhook(Call& call);
Result<HttpResponse> enable_webhook(Call& call);
Result<HttpResponse> disable_webhook(Call& call);
Result<HttpResponse> rotate_webhook(Call& call);
Result<HttpResponse> reveal_webhook(Call& call);
Result<HttpResponse> test_webhook(Call& call);

// incoming_webhooks.cpp
Result<HttpResponse> list_incoming(Call& call);
Result<HttpResponse> show_incoming(Call& call);
Result<HttpResponse> add_incoming(Call& call);
Result<HttpResponse> edit_incoming(Call& call);
Result<HttpResponse> remove_incoming(Call& call);
Result<HttpResponse> enable_incoming(Call& call);
Result<HttpResponse> disable_incoming(Call& call);
Result<HttpResponse> rotate_incoming(Call& call);
Result<HttpResponse> reveal_incoming(Call& call);

// deliveries.cpp
Result<HttpResponse> list_deliveries(Call& call);
Result<HttpResponse> show_delivery(Call& call);
Result<HttpResponse> retry_delivery(Call& call);
Result<HttpResponse> cancel_delivery(Call& call);
Result<HttpResponse> recover_webhook(Call& call);

// requests.cpp
Result<HttpResponse> list_requests(Call& call);
Result<HttpResponse> show_request(Call& call);
Result<HttpResponse> replay_request(Call& call);

// api_keys.cpp
Result<HttpResponse> list_keys(Call& call);
Result<HttpResponse> show_key(Call& call);
Result<HttpResponse> add_key(Call& call);
Result<HttpResponse> edit_key(Call& call);
Result<HttpResponse> remove_key(Call& call);

// figures.cpp: figures, the trail of changes, and how the service is
Result<HttpResponse> show_stats(Call& call);
Result<HttpResponse> show_webhook_stats(Call& call);
Result<HttpResponse> show_metrics(Call& call);
Result<HttpResponse> list_changes(Call& call);
Result<HttpResponse> show_openapi(Call& call);
Result<HttpResponse> show_health(Call& call);
Result<HttpResponse> show_readiness(Call& call);

// How many rows a page may have: the parameter "limit".
inline constexpr std::size_t most_rows = 200;
inline constexpr std::size_t usual_rows = 50;

}  // namespace thig::web

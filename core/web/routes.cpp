#include "core/dispatch/emitter.h"
#include "core/web/handlers.h"
#include "core/web/route.h"

namespace thig {
namespace {

using namespace web;

constexpr QueryParameter page_of_webhooks[] = {
    {"q", "Part of the name or URL"},
    {"state", "enabled, failing, paused or disabled"},
    {"event", "An event type: webhooks subscribed to it"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the previous page"},
};
constexpr QueryParameter page_alone[] = {
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the previous page"},
};
constexpr QueryParameter page_of_deliveries[] = {
    {"webhook", "A webhook, by name or id"},
    {"event", "An event's id"},
    {"state", "pending, delivered, dead, missed, cancelled", true},
    {"type", "An event type, or a pattern: project.*"},
    {"status", "The last outcome: 503, 5xx, timeout, …", true},
    {"since", "Events emitted since: a time, or a duration such as 2h"},
    {"until", "… or before"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the previous page"},
};
constexpr QueryParameter page_of_requests[] = {
    {"webhook", "An incoming webhook, by name or id"},
    {"state", "pending, done, skipped, failed, duplicate, rejected"},
    {"since", "Received since: a time, or a duration such as 2h"},
    {"until", "… or before"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the previous page"},
};
constexpr QueryParameter page_of_changes[] = {
    {"subject", "The name of what was changed"},
    {"actor", "The member who changed it"},
    {"since", "A time, or a duration such as 7d"},
    {"until", "… or before"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the previous page"},
};
constexpr QueryParameter span_alone[] = {
    {"since", "How far back latencies, hours and failures go: 7d, or a time"},
};

constexpr std::string_view ndjson = "application/x-ndjson";
constexpr std::size_t largest_event = max_event_data + 4096;
constexpr std::size_t largest_batch = 16u << 20;

// clang-format off
constexpr Route table[] = {
    {.method = "GET", .path = "/api/admin/audit-logs", .operation = "listChanges",
     .summary = "List changes, newest first",
     .scope = Scope::read, .query = page_of_changes, .answer = "change-page", .handle = list_changes},

    {.method = "GET", .path = "/api/admin/deliveries", .operation = "listDeliveries",
     .summary = "List deliveries, newest event first",
     .scope = Scope::read, .query = page_of_deliveries, .answer = "delivery-page", .handle = list_deliveries},
    {.method = "GET", .path = "/api/admin/deliveries/{delivery}", .operation = "showDelivery",
     .summary = "Show a delivery with its attempts, and explain its state",
     .scope = Scope::read, .answer = "delivery", .handle = show_delivery},
    {.method = "POST", .path = "/api/admin/deliveries/{delivery}/cancel", .operation = "cancelDelivery",
     .summary = "Cancel a pending delivery",
     .scope = Scope::manage, .does = Does::writes, .answer = "cancelled", .handle = cancel_delivery},
    {.method = "POST", .path = "/api/admin/deliveries/{delivery}/retry", .operation = "retryDelivery",
     .summary = "Retry a delivery now",
     .scope = Scope::manage, .does = Does::writes, .answer = "retried", .status = 202, .handle = retry_delivery},

    {.method = "GET", .path = "/api/admin/event-types", .operation = "listEventTypes",
     .summary = "List event types, with a sample of each",
     .scope = Scope::read, .answer = "event-type-list", .handle = list_event_types},

    {.method = "GET", .path = "/api/admin/incoming-webhooks", .operation = "listIncomingWebhooks",
     .summary = "List incoming webhooks with their statistics, by name",
     .scope = Scope::read, .query = page_alone, .answer = "incoming-webhook-page", .handle = list_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks", .operation = "addIncomingWebhook",
     .summary = "Add an incoming webhook; its URL is returned once",
     .scope = Scope::manage, .does = Does::writes, .body = "incoming-setup", .answer = "added-incoming", .status = 201, .handle = add_incoming},
    {.method = "DELETE", .path = "/api/admin/incoming-webhooks/{webhook}", .operation = "removeIncomingWebhook",
     .summary = "Remove an incoming webhook with its requests",
     .scope = Scope::manage, .does = Does::writes, .answer = "removed", .handle = remove_incoming},
    {.method = "GET", .path = "/api/admin/incoming-webhooks/{webhook}", .operation = "showIncomingWebhook",
     .summary = "Show an incoming webhook's settings",
     .scope = Scope::read, .answer = "show-incoming", .handle = show_incoming},
    {.method = "PATCH", .path = "/api/admin/incoming-webhooks/{webhook}", .operation = "editIncomingWebhook",
     .summary = "Change settings of an incoming webhook; omitted settings stay unchanged",
     .scope = Scope::manage, .does = Does::writes, .body = "incoming-change", .answer = "incoming", .handle = edit_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks/{webhook}/disable", .operation = "disableIncomingWebhook",
     .summary = "Disable an incoming webhook: its requests are refused",
     .scope = Scope::manage, .does = Does::writes, .answer = "incoming", .handle = disable_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks/{webhook}/enable", .operation = "enableIncomingWebhook",
     .summary = "Enable an incoming webhook: its requests are accepted again",
     .scope = Scope::manage, .does = Does::writes, .answer = "incoming", .handle = enable_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks/{webhook}/rotate", .operation = "rotateIncomingWebhook",
     .summary = "Rotate the URL or the signing secret of an incoming webhook",
     .scope = Scope::manage, .does = Does::writes, .body = "rotation", .answer = "rotated-incoming", .handle = rotate_incoming},
    {.method = "GET", .path = "/api/admin/incoming-webhooks/{webhook}/secret", .operation = "revealIncomingWebhook",
     .summary = "Reveal the URLs and secrets of an incoming webhook; recorded in the audit log",
     .scope = Scope::secrets, .does = Does::writes, .answer = "show-incoming", .handle = reveal_incoming},

    {.method = "GET", .path = "/api/admin/requests", .operation = "listRequests",
     .summary = "List requests to incoming webhooks, newest first",
     .scope = Scope::read, .query = page_of_requests, .answer = "request-page", .handle = list_requests},
    {.method = "GET", .path = "/api/admin/requests/{request}", .operation = "showRequest",
     .summary = "Show a request with its headers and body; possible secrets are masked",
     .scope = Scope::read, .answer = "request", .handle = show_request},
    {.method = "POST", .path = "/api/admin/requests/{request}/replay", .operation = "replayRequest",
     .summary = "Replay a request: run its action again",
     .scope = Scope::manage, .does = Does::writes, .answer = "replayed", .status = 202, .handle = web::replay_request},

    {.method = "GET", .path = "/api/admin/rest-api-keys", .operation = "listKeys",
     .summary = "List API keys; Owners see all, others their own",
     .scope = Scope::read, .answer = "key-list", .handle = list_keys},
    {.method = "POST", .path = "/api/admin/rest-api-keys", .operation = "addKey",
     .summary = "Create an API key; it is returned once",
     .scope = Scope::manage, .by_session = "keys add", .does = Does::writes, .body = "key-setup", .answer = "added-key", .status = 201, .handle = web::add_key},
    {.method = "DELETE", .path = "/api/admin/rest-api-keys/{key}", .operation = "removeKey",
     .summary = "Remove an API key permanently",
     .scope = Scope::manage, .by_session = "keys remove", .does = Does::writes, .answer = "removed", .handle = web::remove_key},
    {.method = "GET", .path = "/api/admin/rest-api-keys/{key}", .operation = "showKey",
     .summary = "Show an API key's settings and usage; never the key itself",
     .scope = Scope::read, .answer = "key", .handle = show_key},
    {.method = "PATCH", .path = "/api/admin/rest-api-keys/{key}", .operation = "editKey",
     .summary = "Change settings of an API key; omitted settings stay unchanged",
     .scope = Scope::manage, .by_session = "keys edit", .does = Does::writes, .body = "key-change", .answer = "key", .handle = edit_key},

    {.method = "GET", .path = "/api/admin/stats", .operation = "showStats",
     .summary = "Show statistics of all webhooks",
     .scope = Scope::read, .query = span_alone, .answer = "stats", .handle = show_stats},

    {.method = "GET", .path = "/api/admin/webhooks", .operation = "listWebhooks",
     .summary = "List outgoing webhooks with their statistics, by name",
     .scope = Scope::read, .query = page_of_webhooks, .answer = "webhook-page", .handle = web::list_webhooks},
    {.method = "POST", .path = "/api/admin/webhooks", .operation = "addWebhook",
     .summary = "Add an outgoing webhook; its signing secret is returned once",
     .scope = Scope::manage, .does = Does::writes, .body = "outgoing-setup", .answer = "added", .status = 201, .handle = add_webhook},
    {.method = "DELETE", .path = "/api/admin/webhooks/{webhook}", .operation = "removeWebhook",
     .summary = "Remove an outgoing webhook with its history",
     .scope = Scope::manage, .does = Does::writes, .answer = "removed", .handle = web::remove_webhook},
    {.method = "GET", .path = "/api/admin/webhooks/{webhook}", .operation = "showWebhook",
     .summary = "Show an outgoing webhook's settings and statistics; its secrets are masked",
     .scope = Scope::read, .answer = "show", .handle = show_webhook},
    {.method = "PATCH", .path = "/api/admin/webhooks/{webhook}", .operation = "editWebhook",
     .summary = "Change settings of an outgoing webhook; omitted settings stay unchanged",
     .scope = Scope::manage, .does = Does::writes, .body = "outgoing-change", .answer = "webhook", .handle = edit_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/disable", .operation = "disableWebhook",
     .summary = "Disable a webhook; its events are recorded as missed",
     .scope = Scope::manage, .does = Does::writes, .body = "reason", .answer = "webhook", .handle = web::disable_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/enable", .operation = "enableWebhook",
     .summary = "Enable a webhook",
     .scope = Scope::manage, .does = Does::writes, .answer = "webhook", .handle = web::enable_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/recover", .operation = "recoverWebhook",
     .summary = "Resend dead and missed deliveries since a time; backfill adds events that the webhook has no delivery of; dryRun counts",
     .scope = Scope::manage, .does = Does::writes, .body = "recovery-request", .answer = "recovery", .status = 202, .only_looks = 200, .handle = recover_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/rotate", .operation = "rotateWebhook",
     .summary = "Rotate the signing secret; the old one also signs until the overlap ends",
     .scope = Scope::manage, .does = Does::writes, .body = "rotation", .answer = "rotated", .handle = rotate_webhook},
    {.method = "GET", .path = "/api/admin/webhooks/{webhook}/secret", .operation = "revealWebhook",
     .summary = "Reveal the signing secrets of a webhook; recorded in the audit log",
     .scope = Scope::secrets, .does = Does::writes, .answer = "show", .handle = reveal_webhook},
    {.method = "GET", .path = "/api/admin/webhooks/{webhook}/stats", .operation = "showWebhookStats",
     .summary = "Show statistics of a webhook, by hour",
     .scope = Scope::read, .query = span_alone, .answer = "stats", .handle = show_webhook_stats},

    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/test", .operation = "testWebhook",
     .summary = "Send a signed sample and explain the result; returns 200 even if the receiver fails",
     .scope = Scope::manage, .does = Does::waits, .body = "test-request", .answer = "test", .handle = test_webhook},

    {.method = "POST", .path = "/api/events", .operation = "emitEvent",
     .summary = "Emit an event; it is durable before the response is sent",
     .scope = Scope::emit, .does = Does::writes, .body = "event-draft", .answer = "receipt", .status = 202, .gather = emit_together, .most_body = largest_event},
    {.method = "POST", .path = "/api/events/batch", .operation = "emitEvents",
     .summary = "Emit events, one JSON object per line; the response has a line for each, in order",
     .scope = Scope::emit, .does = Does::writes, .body = "event-draft", .answer = "batch-line", .status = 202, .handle = emit_many,
     .body_type = ndjson, .answer_type = ndjson, .most_body = largest_batch},
    {.method = "GET", .path = "/api/events/{event}", .operation = "explainEvent",
     .summary = "Explain an event: which webhooks got it, and why others did not",
     .scope = Scope::read, .answer = "event-told", .handle = explain_event},

    {.method = "GET", .path = "/api/openapi.json", .operation = "showOpenapi",
     .summary = "Get this description, as OpenAPI 3.1",
     .scope = std::nullopt, .answer = "openapi", .handle = show_openapi},
    {.method = "GET", .path = "/healthz", .operation = "showHealth",
     .summary = "Check that this process responds",
     .scope = std::nullopt, .answer = "health", .handle = show_health},
    {.method = "GET", .path = "/metrics", .operation = "showMetrics",
     .summary = "Get metrics for Prometheus",
     .scope = Scope::read, .answer = "", .handle = show_metrics, .answer_type = "text/plain"},
    {.method = "GET", .path = "/readyz", .operation = "showReadiness",
     .summary = "Check that events are accepted and delivered: the database, disk space and `run`",
     .scope = std::nullopt, .answer = "health", .handle = show_readiness},
};
// clang-format on

}  // namespace

std::span<const Route> routes() {
  return table;
}

}  // namespace thig

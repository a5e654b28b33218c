#include "core/dispatch/emitter.h"
#include "core/web/handlers.h"
#include "core/web/route.h"

namespace thig {
namespace {

using namespace web;

constexpr QueryParameter page_of_webhooks[] = {
    {"q", "Part of the name or URL"},
    {"state", "enabled, failing, paused or disabled"},
    {"event", "An event type: those that get it"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the page before"},
};
constexpr QueryParameter page_alone[] = {
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the page before"},
};
constexpr QueryParameter page_of_deliveries[] = {
    {"webhook", "A webhook, by name or id"},
    {"event", "An event's id"},
    {"state", "pending, delivered, dead, missed, cancelled", true},
    {"type", "An event type, or a pattern: project.*"},
    {"status", "The last outcome: 503, 5xx, timeout, …", true},
    {"since", "Events emitted since: a time, or a span such as 2h"},
    {"until", "… or before"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the page before"},
};
constexpr QueryParameter page_of_requests[] = {
    {"webhook", "An incoming webhook, by name or id"},
    {"state", "pending, done, skipped, failed, duplicate, rejected"},
    {"since", "Received since: a time, or a span such as 2h"},
    {"until", "… or before"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the page before"},
};
constexpr QueryParameter page_of_changes[] = {
    {"subject", "The name of what was changed"},
    {"actor", "The member who changed it"},
    {"since", "A time, or a span such as 7d"},
    {"until", "… or before"},
    {"limit", "Rows, 1 to 200"},
    {"after", "The `next` of the page before"},
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
     .summary = "Who changed what, newest first",
     .scope = Scope::read, .query = page_of_changes, .answer = "change-page", .handle = list_changes},

    {.method = "GET", .path = "/api/admin/deliveries", .operation = "listDeliveries",
     .summary = "Deliveries, newest event first",
     .scope = Scope::read, .query = page_of_deliveries, .answer = "delivery-page", .handle = list_deliveries},
    {.method = "GET", .path = "/api/admin/deliveries/{delivery}", .operation = "showDelivery",
     .summary = "A delivery with its attempts, and why it is as it is",
     .scope = Scope::read, .answer = "delivery", .handle = show_delivery},
    {.method = "POST", .path = "/api/admin/deliveries/{delivery}/cancel", .operation = "cancelDelivery",
     .summary = "Cancel a pending delivery",
     .scope = Scope::manage, .does = Does::writes, .answer = "cancelled", .handle = cancel_delivery},
    {.method = "POST", .path = "/api/admin/deliveries/{delivery}/retry", .operation = "retryDelivery",
     .summary = "Attempt a delivery again, now",
     .scope = Scope::manage, .does = Does::writes, .answer = "retried", .status = 202, .handle = retry_delivery},

    {.method = "GET", .path = "/api/admin/event-types", .operation = "listEventTypes",
     .summary = "The event types, with a sample of each",
     .scope = Scope::read, .answer = "event-type-list", .handle = list_event_types},

    {.method = "GET", .path = "/api/admin/incoming-webhooks", .operation = "listIncomingWebhooks",
     .summary = "Incoming webhooks with their figures, by name",
     .scope = Scope::read, .query = page_alone, .answer = "incoming-webhook-page", .handle = list_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks", .operation = "addIncomingWebhook",
     .summary = "Add an incoming webhook; its URL is answered once",
     .scope = Scope::manage, .does = Does::writes, .body = "incoming-setup", .answer = "added-incoming", .status = 201, .handle = add_incoming},
    {.method = "DELETE", .path = "/api/admin/incoming-webhooks/{webhook}", .operation = "removeIncomingWebhook",
     .summary = "Remove an incoming webhook with what came in",
     .scope = Scope::manage, .does = Does::writes, .answer = "removed", .handle = remove_incoming},
    {.method = "GET", .path = "/api/admin/incoming-webhooks/{webhook}", .operation = "showIncomingWebhook",
     .summary = "An incoming webhook's settings",
     .scope = Scope::read, .answer = "show-incoming", .handle = show_incoming},
    {.method = "PATCH", .path = "/api/admin/incoming-webhooks/{webhook}", .operation = "editIncomingWebhook",
     .summary = "Change settings of an incoming webhook; what is left out stays",
     .scope = Scope::manage, .does = Does::writes, .body = "incoming-change", .answer = "incoming", .handle = edit_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks/{webhook}/disable", .operation = "disableIncomingWebhook",
     .summary = "Refuse what is sent to an incoming webhook",
     .scope = Scope::manage, .does = Does::writes, .answer = "incoming", .handle = disable_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks/{webhook}/enable", .operation = "enableIncomingWebhook",
     .summary = "Accept what is sent to an incoming webhook again",
     .scope = Scope::manage, .does = Does::writes, .answer = "incoming", .handle = enable_incoming},
    {.method = "POST", .path = "/api/admin/incoming-webhooks/{webhook}/rotate", .operation = "rotateIncomingWebhook",
     .summary = "Make a new URL, or another secret that verifies",
     .scope = Scope::manage, .does = Does::writes, .body = "rotation", .answer = "rotated-incoming", .handle = rotate_incoming},
    {.method = "GET", .path = "/api/admin/incoming-webhooks/{webhook}/secret", .operation = "revealIncomingWebhook",
     .summary = "The URLs and secrets of an incoming webhook; this is noted in the audit trail",
     .scope = Scope::secrets, .does = Does::writes, .answer = "show-incoming", .handle = reveal_incoming},

    {.method = "GET", .path = "/api/admin/requests", .operation = "listRequests",
     .summary = "Requests that came in, newest first",
     .scope = Scope::read, .query = page_of_requests, .answer = "request-page", .handle = list_requests},
    {.method = "GET", .path = "/api/admin/requests/{request}", .operation = "showRequest",
     .summary = "A request with its headers and body; what may be secret is masked",
     .scope = Scope::read, .answer = "request", .handle = show_request},
    {.method = "POST", .path = "/api/admin/requests/{request}/replay", .operation = "replayRequest",
     .summary = "Run the action of a request again",
     .scope = Scope::manage, .does = Does::writes, .answer = "replayed", .status = 202, .handle = web::replay_request},

    {.method = "GET", .path = "/api/admin/rest-api-keys", .operation = "listKeys",
     .summary = "API keys; Owners see all, others their own",
     .scope = Scope::read, .answer = "key-list", .handle = list_keys},
    {.method = "POST", .path = "/api/admin/rest-api-keys", .operation = "addKey",
     .summary = "Make an API key; it is answered once",
     .scope = Scope::manage, .by_session = "keys add", .does = Does::writes, .body = "key-setup", .answer = "added-key", .status = 201, .handle = web::add_key},
    {.method = "DELETE", .path = "/api/admin/rest-api-keys/{key}", .operation = "removeKey",
     .summary = "Remove an API key for good",
     .scope = Scope::manage, .by_session = "keys remove", .does = Does::writes, .answer = "removed", .handle = web::remove_key},
    {.method = "GET", .path = "/api/admin/rest-api-keys/{key}", .operation = "showKey",
     .summary = "An API key's settings, and what it was used for; never the key itself",
     .scope = Scope::read, .answer = "key", .handle = show_key},
    {.method = "PATCH", .path = "/api/admin/rest-api-keys/{key}", .operation = "editKey",
     .summary = "Change settings of an API key; what is left out stays",
     .scope = Scope::manage, .by_session = "keys edit", .does = Does::writes, .body = "key-change", .answer = "key", .handle = edit_key},

    {.method = "GET", .path = "/api/admin/stats", .operation = "showStats",
     .summary = "Figures of all webhooks",
     .scope = Scope::read, .query = span_alone, .answer = "stats", .handle = show_stats},

    {.method = "GET", .path = "/api/admin/webhooks", .operation = "listWebhooks",
     .summary = "Outgoing webhooks with their figures, by name",
     .scope = Scope::read, .query = page_of_webhooks, .answer = "webhook-page", .handle = web::list_webhooks},
    {.method = "POST", .path = "/api/admin/webhooks", .operation = "addWebhook",
     .summary = "Add an outgoing webhook; its signing secret is answered once",
     .scope = Scope::manage, .does = Does::writes, .body = "outgoing-setup", .answer = "added", .status = 201, .handle = add_webhook},
    {.method = "DELETE", .path = "/api/admin/webhooks/{webhook}", .operation = "removeWebhook",
     .summary = "Remove an outgoing webhook with its history",
     .scope = Scope::manage, .does = Does::writes, .answer = "removed", .handle = web::remove_webhook},
    {.method = "GET", .path = "/api/admin/webhooks/{webhook}", .operation = "showWebhook",
     .summary = "An outgoing webhook's settings and figures; its secrets are masked",
     .scope = Scope::read, .answer = "show", .handle = show_webhook},
    {.method = "PATCH", .path = "/api/admin/webhooks/{webhook}", .operation = "editWebhook",
     .summary = "Change settings of an outgoing webhook; what is left out stays",
     .scope = Scope::manage, .does = Does::writes, .body = "outgoing-change", .answer = "webhook", .handle = edit_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/disable", .operation = "disableWebhook",
     .summary = "Stop sending to a webhook; its events are recorded as missed",
     .scope = Scope::manage, .does = Does::writes, .body = "reason", .answer = "webhook", .handle = web::disable_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/enable", .operation = "enableWebhook",
     .summary = "Send to a webhook again",
     .scope = Scope::manage, .does = Does::writes, .answer = "webhook", .handle = web::enable_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/recover", .operation = "recoverWebhook",
     .summary = "Send again what died or was missed since a time; dryRun counts it",
     .scope = Scope::manage, .does = Does::writes, .body = "recovery-request", .answer = "recovery", .status = 202, .only_looks = 200, .handle = recover_webhook},
    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/rotate", .operation = "rotateWebhook",
     .summary = "Make a new signing secret; the old one signs too until the overlap ends",
     .scope = Scope::manage, .does = Does::writes, .body = "rotation", .answer = "rotated", .handle = rotate_webhook},
    {.method = "GET", .path = "/api/admin/webhooks/{webhook}/secret", .operation = "revealWebhook",
     .summary = "The signing secrets of a webhook; this is noted in the audit trail",
     .scope = Scope::secrets, .does = Does::writes, .answer = "show", .handle = reveal_webhook},
    {.method = "GET", .path = "/api/admin/webhooks/{webhook}/stats", .operation = "showWebhookStats",
     .summary = "Figures of a webhook, by hour",
     .scope = Scope::read, .query = span_alone, .answer = "stats", .handle = show_webhook_stats},

    {.method = "POST", .path = "/api/admin/webhooks/{webhook}/test", .operation = "testWebhook",
     .summary = "Send a signed sample, and explain what happens; answers 200 if the receiver fails, too",
     .scope = Scope::manage, .does = Does::waits, .body = "test-request", .answer = "test", .handle = test_webhook},

    {.method = "POST", .path = "/api/events", .operation = "emitEvent",
     .summary = "Emit an event; it is recorded durably before the answer",
     .scope = Scope::emit, .does = Does::writes, .body = "event-draft", .answer = "receipt", .status = 202, .gather = emit_together, .most_body = largest_event},
    {.method = "POST", .path = "/api/events/batch", .operation = "emitEvents",
     .summary = "Emit events, one JSON object a line; each gets a line in the answer, in order",
     .scope = Scope::emit, .does = Does::writes, .body = "event-draft", .answer = "batch-line", .status = 202, .handle = emit_many,
     .body_type = ndjson, .answer_type = ndjson, .most_body = largest_batch},
    {.method = "GET", .path = "/api/events/{event}", .operation = "explainEvent",
     .summary = "An event: which webhooks got it, and why others did not",
     .scope = Scope::read, .answer = "event-told", .handle = explain_event},

    {.method = "GET", .path = "/api/openapi.json", .operation = "showOpenapi",
     .summary = "This description, as OpenAPI 3.1",
     .scope = std::nullopt, .answer = "openapi", .handle = show_openapi},
    {.method = "GET", .path = "/healthz", .operation = "showHealth",
     .summary = "Whether this process answers",
     .scope = std::nullopt, .answer = "health", .handle = show_health},
    {.method = "GET", .path = "/metrics", .operation = "showMetrics",
     .summary = "Figures for Prometheus",
     .scope = Scope::read, .answer = "", .handle = show_metrics, .answer_type = "text/plain"},
    {.method = "GET", .path = "/readyz", .operation = "showReadiness",
     .summary = "Whether events are taken and delivered: the database, room for more, and `run`",
     .scope = std::nullopt, .answer = "health", .handle = show_readiness},
};
// clang-format on

}  // namespace

std::span<const Route> routes() {
  return table;
}

}  // namespace thig

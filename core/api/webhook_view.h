// Outgoing webhooks as documents.
#pragma once

#include "core/api/document_sink.h"
#include "core/api/webhook_status.h"
#include "core/base/json.h"
#include "core/documents/settings_json.h"
#include "core/model/change_result.h"
#include "core/model/endpoint.h"
#include "core/model/stats.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// What is known of one webhook.
struct WebhookView {
  Endpoint endpoint;
  EndpointStats stats;
  std::optional<EndpointHealth> health{};  // of one that fails
};

// Where a summary will do.
struct SummaryView {
  EndpointSummary endpoint;
  EndpointStats stats;
  std::optional<EndpointHealth> health{};  // of one that fails
};

WebhookStatus status_of(const WebhookView& view, Time now);
WebhookStatus status_of(const SummaryView& view, Time now);
std::optional<Time> next_attempt(const WebhookView& view);
std::optional<Time> next_attempt(const SummaryView& view);

// Puts figures, by id as the store gives them, beside webhooks; a webhook without any gets none.
std::vector<WebhookView> with_figures(std::vector<Endpoint> endpoints,
                                      std::vector<EndpointStats> stats);
std::vector<SummaryView> with_figures(std::vector<EndpointSummary> endpoints,
                                      std::vector<EndpointStats> stats);

// The members of an object, without its braces: settings and state (never a secret; the values of
// headers may be secrets, too), then the figures of the product's table.
void write_webhook(JsonWriter& json, const Endpoint& endpoint,
                   SecretParts parts = SecretParts::hidden);
void write_figures(JsonWriter& json, const EndpointStats& stats);
// How it is doing (webhook_status.h), and how long it is paused.
void write_status(JsonWriter& json, const WebhookView& view, Time now);
void write_status(JsonWriter& json, const SummaryView& view, Time now);

// The webhook alone, and as it is after a change of it.
std::string webhook_document(const Endpoint& endpoint);
std::string webhook_document(const Endpoint& endpoint, ChangeResult result);
// With its figures and its secrets, which are masked unless `parts` says otherwise; `secrets` is
// null where they cannot be read.
std::string webhook_document(const WebhookView& view, const std::vector<Secret>* secrets,
                             SecretParts parts, Time now);

// All of them with their figures: a part for each, since there may be very many.
void write_webhooks(std::span<const WebhookView> views, Time now, const DocumentSink& sink);

}  // namespace thig

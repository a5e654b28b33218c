// A webhook as lists and single views show it.
#pragma once

#include "cli/app/context.h"
#include "cli/views/render.h"
#include "core/model/endpoint.h"
#include "core/model/stats.h"

#include <span>
#include <string>
#include <vector>

namespace thig {

// What is known of one webhook.
struct WebhookView {
  Endpoint endpoint;
  EndpointStats stats;
};

// Where a summary will do.
struct SummaryView {
  EndpointSummary endpoint;
  EndpointStats stats;
};

// Puts figures, by id as the store gives them, beside webhooks; a webhook without any gets none.
std::vector<WebhookView> with_figures(std::vector<Endpoint> endpoints,
                                      std::vector<EndpointStats> stats);
std::vector<SummaryView> with_figures(std::vector<EndpointSummary> endpoints,
                                      std::vector<EndpointStats> stats);

// The members of a JSON object, without its braces: settings and state (never a secret; the values
// of headers may be secrets, too), then the figures of the product's table.
void write_webhook(JsonWriter& json, const Endpoint& endpoint,
                   SecretParts parts = SecretParts::hidden);
// With --json: the webhook as one document on stdout, as after a change of it.
void print_if_json(Context& context, const Endpoint& endpoint);
void write_figures(JsonWriter& json, const EndpointStats& stats);

// "enabled", "disabled", "failing" with the colour it deserves.
Cell state_cell(const WebhookView& view);
// Why it is disabled and since when, or since when it fails; empty if all is well.
std::string describe_trouble(const WebhookView& view, Time now);

std::string join(std::span<const std::string> parts, std::string_view separator);

}  // namespace thig

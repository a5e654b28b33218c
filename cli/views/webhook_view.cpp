#include "cli/views/webhook_view.h"

#include "core/api/webhook_query.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {

bool names_several(const std::vector<std::string>& words) {
  return words.size() != 1 || is_webhook_pattern(words.front());
}

void print_documents(Context& context, const std::vector<std::string>& words,
                     const std::vector<std::string>& documents) {
  if (!context.json()) return;
  if (!names_several(words)) return context.out().line(documents.front());
  context.out().line(fmt::format("[{}]", fmt::join(documents, ",")));
}

void print_if_json(Context& context, const Endpoint& endpoint, ChangeResult result) {
  if (context.json()) context.out().line(webhook_document(endpoint, result));
}

Cell state_cell(WebhookStatus status) {
  const std::string text(to_text(status));
  switch (status) {
    case WebhookStatus::disabled:
      return {.text = text, .style = Style::bad};
    case WebhookStatus::failing:
    case WebhookStatus::paused:
      return {.text = text, .style = Style::warn};
    case WebhookStatus::enabled:
      break;
  }
  return {.text = text, .style = Style::good};
}

std::string describe_trouble(const SummaryView& view, Time now) {
  const EndpointSummary& endpoint = view.endpoint;
  switch (status_of(view, now)) {
    case WebhookStatus::disabled:
      return fmt::format("{}: {}", describe_relative(endpoint.state_since, now),
                         sentence_cell(endpoint.state_reason, now).text);
    case WebhookStatus::paused:
      return fmt::format("continues {}, after {} in a row",
                         describe_relative(*view.health->paused_until, now),
                         count_of(view.health->endpoint_failures, "failure", "failures"));
    case WebhookStatus::failing:
      return fmt::format("failures began {}", describe_relative(*view.stats.failing_since, now));
    case WebhookStatus::enabled:
      break;
  }
  return {};
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace thig

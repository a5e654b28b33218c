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

void print_if_json(Context& context, const Endpoint& endpoint) {
  if (context.json()) context.out().line(webhook_document(endpoint));
}

Cell state_cell(EndpointState state, const EndpointStats& stats) {
  const std::string text(to_text(state));
  if (state == EndpointState::disabled) return {text, Style::bad, {}, {}};
  if (stats.failing_since) return {"failing", Style::warn, {}, text};
  return {text, Style::good, {}, {}};
}

std::string describe_trouble(const SummaryView& view, Time now) {
  const EndpointSummary& endpoint = view.endpoint;
  if (endpoint.state == EndpointState::disabled) {
    return fmt::format("{}: {}", describe_relative(endpoint.state_since, now),
                       endpoint.state_reason);
  }
  if (view.stats.failing_since) {
    return fmt::format("failures began {}", describe_relative(*view.stats.failing_since, now));
  }
  return {};
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace thig

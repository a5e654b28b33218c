#include "core/web/pages/webhook_signs.h"

#include "core/web/pages/parts.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace thig::pages {
namespace {

// A member's doing is no news.
std::string_view sign_class(const ListedWebhook& webhook) {
  if (webhook.status == WebhookStatus::disabled && !disabled_by_failures(webhook.view.endpoint)) {
    return "off";
  }
  return to_text(webhook.status);
}

std::string time_of_day(Time time) {
  return fmt::format("{:%H:%M}", std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace

Html status_sign(const ListedWebhook& webhook) {
  return sign(sign_class(webhook), to_text(webhook.status));
}

std::string describe_status(const ListedWebhook& webhook, Time now) {
  const EndpointSummary& endpoint = webhook.view.endpoint;
  switch (webhook.status) {
    case WebhookStatus::disabled: {
      const std::string when = describe_relative(endpoint.state_since, now);
      if (endpoint.state_reason.empty()) return when;
      return fmt::format("{}, {}", endpoint.state_reason, when);
    }
    case WebhookStatus::paused:
      return fmt::format("until {} UTC, {}", time_of_day(*webhook.health->parked_until),
                         counted(webhook.health->consecutive_failures, "failure", "failures"));
    case WebhookStatus::failing: {
      const Time since = *webhook.view.stats.failing_since;
      const int failures = webhook.health ? webhook.health->consecutive_failures : 0;
      return fmt::format("{} in a row, since {}", counted(failures, "failure", "failures"),
                         describe_relative(since, now));
    }
    case WebhookStatus::enabled:
      return {};
  }
  return {};
}

Html status_reason(const ListedWebhook& webhook, Time now) {
  const std::string text = describe_status(webhook, now);
  if (text.empty()) return {};
  return html<"<small>{}</small>">(text);
}

}  // namespace thig::pages

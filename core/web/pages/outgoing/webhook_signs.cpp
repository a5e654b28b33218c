#include "core/web/pages/outgoing/webhook_signs.h"

#include "core/web/pages/html/parts.h"

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

std::string_view disabled_in_short(DisabledBy by) {
  switch (by) {
    case DisabledBy::failures:
      return "after failures";
    case DisabledBy::gone:
      return "410 Gone";
    case DisabledBy::member:
    case DisabledBy::nobody:
      return "by a member";
  }
  return {};
}

}  // namespace

Html status_sign(const ListedWebhook& webhook) {
  return sign(sign_class(webhook), to_text(webhook.status));
}

std::string describe_status(const ListedWebhook& webhook, Time now) {
  const EndpointSummary& endpoint = webhook.view.endpoint;
  switch (webhook.status) {
    case WebhookStatus::disabled: {
      std::string when = describe_relative(endpoint.state_since, now);
      if (endpoint.state_reason.empty()) return when;
      const std::string reason =
          rewrite_times(endpoint.state_reason, [now](Time time) { return moment_text(time, now); });
      return fmt::format("{}, {}", reason, when);
    }
    case WebhookStatus::paused:
      return fmt::format("until {}, {}", moment_text(*webhook.view.health->paused_until, now),
                         counted(webhook.view.health->consecutive_failures, "failure", "failures"));
    case WebhookStatus::failing:
      return fmt::format("{} in a row, since {}",
                         counted(webhook.view.health->consecutive_failures, "failure", "failures"),
                         moment_text(*webhook.view.health->failing_since, now));
    case WebhookStatus::enabled:
      return {};
  }
  return {};
}

// In a list there is room for a few words.
Html status_reason(const ListedWebhook& webhook, Time now) {
  const std::string when = describe_relative(webhook.view.endpoint.state_since, now);
  std::string text;
  if (webhook.status == WebhookStatus::failing) {
    text = fmt::format("{}, since {}",
                       counted(webhook.view.health->consecutive_failures, "failure", "failures"),
                       moment_text(*webhook.view.health->failing_since, now));
  } else if (webhook.status != WebhookStatus::disabled) {
    text = describe_status(webhook, now);
  } else {
    text = fmt::format("{}, {}", disabled_in_short(webhook.view.endpoint.disabled_by), when);
  }
  if (text.empty()) return {};
  return html<"<small>{}</small>">(text);
}

}  // namespace thig::pages

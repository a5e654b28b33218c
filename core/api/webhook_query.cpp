#include "core/api/webhook_query.h"

#include "core/api/webhook_flow.h"
#include "core/base/codec.h"
#include "core/rules/filter.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fnmatch.h>

namespace thig {
namespace {

Result<std::vector<AnyWebhook>> matching_webhooks(Store& store, const std::string& pattern) {
  std::vector<AnyWebhook> found;
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  for (Endpoint& endpoint : endpoints) {
    if (matches_pattern(pattern, endpoint.name)) found.emplace_back(std::move(endpoint));
  }
  THIG_TRY_ASSIGN(hooks, store.incoming().hooks());
  for (IncomingHook& hook : hooks) {
    if (matches_pattern(pattern, hook.name)) found.emplace_back(std::move(hook));
  }
  if (!found.empty()) return found;
  return fail(ErrorCode::not_found, fmt::format("no webhook matches '{}'", pattern),
              where_webhooks_are_listed());
}

// Nothing if the webhook is gone.
Result<std::optional<EndpointStats>> figures_of(Store& store, EndpointId id) {
  auto stats = store.statistics().stats_of(id, std::nullopt);
  if (stats) return std::move(*stats);
  if (stats.error().code == ErrorCode::not_found) return std::nullopt;
  return std::unexpected(std::move(stats).error());
}

// One question, whatever their number.
template <class View>
Status add_healths_to(Store& store, std::vector<View>& views) {
  THIG_TRY_ASSIGN(failing, store.queue().failing());
  for (View& view : views) {
    const auto found =
        std::ranges::lower_bound(failing, view.endpoint.id, {}, &FailingEndpoint::id);
    if (found != failing.end() && found->id == view.endpoint.id) view.health = found->health;
  }
  return {};
}

}  // namespace

Status add_healths(Store& store, std::vector<SummaryView>& views) {
  return add_healths_to(store, views);
}

Result<std::vector<WebhookView>> list_webhooks(Store& store) {
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  THIG_TRY_ASSIGN(stats, store.statistics().stats(std::nullopt));
  std::vector<WebhookView> views = with_figures(std::move(endpoints), std::move(stats));
  THIG_TRY(add_healths_to(store, views));
  return views;
}

Result<std::vector<SummaryView>> summarize_webhooks(Store& store) {
  THIG_TRY_ASSIGN(endpoints, store.config().endpoint_summaries());
  THIG_TRY_ASSIGN(stats, store.statistics().stats(std::nullopt));
  std::vector<SummaryView> views = with_figures(std::move(endpoints), std::move(stats));
  THIG_TRY(add_healths_to(store, views));
  return views;
}

Result<std::vector<WebhookView>> list_webhooks(Store& store, std::span<const EndpointId> ids) {
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints(ids));
  std::vector<WebhookView> views;
  for (std::optional<Endpoint>& endpoint : endpoints) {
    if (!endpoint) continue;
    THIG_TRY_ASSIGN(stats, figures_of(store, endpoint->id));
    if (stats) views.push_back({.endpoint = std::move(*endpoint), .stats = std::move(*stats)});
  }
  THIG_TRY(add_healths_to(store, views));
  return views;
}

Result<std::vector<SummaryView>> summarize_webhooks(Store& store, std::span<const EndpointId> ids) {
  THIG_TRY_ASSIGN(endpoints, store.config().endpoint_summaries(ids));
  std::vector<SummaryView> views;
  for (EndpointSummary& endpoint : endpoints) {
    THIG_TRY_ASSIGN(stats, figures_of(store, endpoint.id));
    if (stats) views.push_back({.endpoint = std::move(endpoint), .stats = std::move(*stats)});
  }
  THIG_TRY(add_healths_to(store, views));
  return views;
}

Result<std::vector<IncomingView>> list_incoming_webhooks(Store& store) {
  THIG_TRY_ASSIGN(hooks, store.incoming().hooks());
  THIG_TRY_ASSIGN(stats, store.requests().stats());
  std::unordered_map<IncomingHookId, IncomingStats> figures;
  for (IncomingStats& each : stats) figures[each.id] = std::move(each);
  std::vector<IncomingView> views;
  views.reserve(hooks.size());
  for (IncomingHook& hook : hooks) {
    IncomingStats& of_hook = figures[hook.id];
    views.push_back({.hook = std::move(hook), .stats = std::move(of_hook)});
  }
  return views;
}

Result<WebhookDetails> read_webhook(Store& store, Endpoint endpoint, Time now,
                                    const std::optional<Operator>& revealing) {
  WebhookDetails details;
  if (revealing) {
    Webhooks webhooks(store.config(), revealing->clock, revealing->random, revealing->actor);
    THIG_TRY_ASSIGN(revealed, webhooks.reveal(to_text(endpoint.id)));
    endpoint = std::move(revealed.endpoint);
    details.secrets = std::move(revealed.secrets);
    details.parts = SecretParts::shown;
  } else {
    details.secrets = store.config().secrets(endpoint.id, now);
    if (!details.secrets && details.secrets.error().code != ErrorCode::key) {
      return std::unexpected(std::move(details.secrets).error());
    }
  }
  THIG_TRY_ASSIGN(stats, store.statistics().stats_of(endpoint.id, std::nullopt));
  if (stats.failing_since) {
    THIG_TRY_ASSIGN(health, store.queue().health(endpoint.id));
    details.view.health = health;
  }
  details.view.endpoint = std::move(endpoint);
  details.view.stats = std::move(stats);
  return details;
}

Result<IncomingDetails> read_incoming_webhook(Store& store, const IncomingHook& hook,
                                              const std::optional<Operator>& revealing) {
  THIG_TRY_ASSIGN(base, public_url_of(store.config(), std::nullopt));
  IncomingDetails details{.hook = hook, .public_url = std::move(base)};
  if (revealing) {
    IncomingWebhooks webhooks(store.config(), store.incoming(), revealing->clock, revealing->random,
                              revealing->actor);
    THIG_TRY_ASSIGN(revealed, webhooks.reveal(to_text(details.hook.id)));
    details.hook = std::move(revealed.hook);
    details.tokens = std::move(revealed.tokens);
    details.secrets = std::move(revealed.secrets);
  }
  return details;
}

bool is_webhook_pattern(std::string_view word) {
  return word.find_first_of("*?[") != word.npos;
}

bool matches_pattern(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

Result<std::vector<AnyWebhook>> find_webhooks(Store& store, std::span<const std::string> words) {
  std::vector<AnyWebhook> all;
  std::set<std::string> seen;
  const auto add = [&](AnyWebhook webhook) {
    if (seen.insert(id_of(webhook)).second) all.push_back(std::move(webhook));
  };
  for (const std::string& word : words) {
    if (is_webhook_pattern(word)) {
      THIG_TRY_ASSIGN(found, matching_webhooks(store, word));
      for (AnyWebhook& webhook : found) add(std::move(webhook));
    } else {
      THIG_TRY_ASSIGN(webhook, find_any_webhook(store.config(), store.incoming(), word));
      add(std::move(webhook));
    }
  }
  return all;
}

WebhookSearch::WebhookSearch(std::string_view text, std::string event)
    : text_(ascii_lower(text)), event_(std::move(event)) {}

bool WebhookSearch::finds(const EndpointSummary& endpoint) const {
  const auto has_text = [&](std::string_view whole) {
    return ascii_lower(whole).find(text_) != std::string::npos;
  };
  return (text_.empty() || has_text(endpoint.name) || has_text(endpoint.url)) &&
         (event_.empty() || subscribes(endpoint.events, event_));
}

}  // namespace thig

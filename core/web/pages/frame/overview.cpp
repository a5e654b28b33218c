#include "core/web/pages/frame/overview.h"

#include "core/api/webhook_query.h"

#include <algorithm>

namespace thig::pages {
namespace {

// Those that are lost first, then those that may be soon.
int order_of(const ListedWebhook& webhook) {
  switch (webhook.status) {
    case WebhookStatus::disabled:
      return disabled_by_failures(webhook.view.endpoint) ? 0 : 3;
    case WebhookStatus::failing:
      return 1;
    case WebhookStatus::paused:
      return 2;
    case WebhookStatus::enabled:
      return 4;
  }
  return 4;
}

// In one question for all of them.
Status read_healths(Store& store, std::vector<ListedWebhook>& webhooks) {
  std::vector<EndpointId> ids;
  std::vector<ListedWebhook*> failing;
  for (ListedWebhook& webhook : webhooks) {
    if (!webhook.view.stats.failing_since) continue;
    ids.push_back(webhook.view.endpoint.id);
    failing.push_back(&webhook);
  }
  THIG_TRY_ASSIGN(healths, store.queue().healths(ids));
  for (std::size_t i = 0; i < failing.size(); ++i) failing[i]->health = healths[i];
  return {};
}

void add_to_totals(Overview& overview, const ListedWebhook& webhook) {
  ++overview.by_status[static_cast<std::size_t>(webhook.status)];
  if (disabled_by_failures(webhook.view.endpoint)) ++overview.disabled_by_failures;
  overview.pending += webhook.view.stats.pending;
  overview.dead += webhook.view.stats.dead;
  overview.missed += webhook.view.stats.missed;
}

}  // namespace

Result<Overview> read_overview(Store& store, Time now) {
  THIG_TRY_ASSIGN(views, summarize_webhooks(store));
  Overview overview;
  overview.webhooks.reserve(views.size());
  for (SummaryView& view : views) overview.webhooks.push_back({.view = std::move(view)});
  THIG_TRY(read_healths(store, overview.webhooks));
  for (ListedWebhook& webhook : overview.webhooks) {
    webhook.status = status_of(webhook.view.endpoint, webhook.view.stats,
                               webhook.health ? &*webhook.health : nullptr, now);
    add_to_totals(overview, webhook);
  }
  std::ranges::stable_sort(overview.webhooks, {}, order_of);
  return overview;
}

}  // namespace thig::pages

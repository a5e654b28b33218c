// Outgoing webhooks as their list shows them: those that need a look first, then by name.
#pragma once

#include "core/api/webhook_query.h"
#include "core/api/webhook_status.h"
#include "core/base/error.h"
#include "core/model/stats.h"
#include "core/store/store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thig::pages {

struct ListedWebhook {
  SummaryView view;
  WebhookStatus status = WebhookStatus::enabled;
};

// Which part of the list is wanted.
struct OverviewQuery {
  WebhookSearch search{};
  std::optional<WebhookStatus> status{};  // nothing: any
  std::string after{};                    // the id of the last of the page before
  std::size_t limit = 50;
};

struct Overview {
  WebhookTotals totals{};                   // of all webhooks, whatever is wanted
  std::optional<EndpointId> foremost{};     // the first of all webhooks
  std::array<std::int64_t, 4> by_status{};  // of those that the search finds
  std::int64_t matching = 0;                // found, in any state
  std::int64_t total = 0;                   // that are listed, on all pages
  std::size_t first = 0;                    // the place of the first row among these
  std::vector<ListedWebhook> rows{};
};

// Walks all webhooks and keeps no more of them than their names; all else is read of the rows.
Result<Overview> read_overview(Store& store, const OverviewQuery& query, Time now);

}  // namespace thig::pages

// All outgoing webhooks with how they are doing: what the list is cut from, and what says whether
// anything is wrong.
#pragma once

#include "core/api/webhook_status.h"
#include "core/api/webhook_view.h"
#include "core/base/error.h"
#include "core/store/store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace thig::pages {

struct ListedWebhook {
  SummaryView view;
  WebhookStatus status = WebhookStatus::enabled;
  std::optional<EndpointHealth> health{};  // of one that fails
};

struct Overview {
  std::vector<ListedWebhook> webhooks;  // those that need a look first, then by name
  std::array<std::int64_t, 4> by_status{};
  std::int64_t disabled_by_failures = 0;
  std::int64_t pending = 0;
  std::int64_t dead = 0;
  std::int64_t missed = 0;

  std::int64_t with(WebhookStatus status) const {
    return by_status[static_cast<std::size_t>(status)];
  }
};

Result<Overview> read_overview(Store& store, Time now);

}  // namespace thig::pages

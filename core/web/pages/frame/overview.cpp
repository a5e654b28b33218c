#include "core/web/pages/frame/overview.h"

#include <algorithm>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

namespace thig::pages {
namespace {

// Where a webhook stands in the list.
struct ListPlace {
  int order = 0;
  std::string name;
  EndpointId id;

  bool operator<(const ListPlace& other) const {
    return std::tie(order, name) < std::tie(other.order, other.name);
  }
};

// Those that are lost first, then those that may be soon.
int order_of(const EndpointSummary& endpoint, WebhookStatus status) {
  switch (status) {
    case WebhookStatus::disabled:
      return disabled_by_failures(endpoint) ? 0 : 3;
    case WebhookStatus::failing:
      return 1;
    case WebhookStatus::paused:
      return 2;
    case WebhookStatus::enabled:
      return 4;
  }
  return 4;
}

// Null for one that does not fail.
const EndpointHealth* health_of(const std::vector<FailingEndpoint>& failing, EndpointId id) {
  const auto found = std::ranges::lower_bound(failing, id, {}, &FailingEndpoint::id);
  return found == failing.end() || found->id != id ? nullptr : &found->health;
}

// The places of those that are listed, and what is counted of all.
Result<std::vector<ListPlace>> find_places(Store& store, const OverviewQuery& query,
                                           const std::vector<FailingEndpoint>& failing, Time now,
                                           Overview& overview) {
  std::vector<ListPlace> places;
  std::optional<ListPlace> foremost;
  THIG_TRY(store.config().each_endpoint_summary(
      query.search.looks_at_events(), [&](EndpointSummary endpoint) {
        const WebhookStatus status =
            status_of(endpoint.state, health_of(failing, endpoint.id), now);
        const bool found = query.search.finds(endpoint);
        ListPlace place{.order = order_of(endpoint, status),
                        .name = std::move(endpoint.name),
                        .id = endpoint.id};
        if (!foremost || place < *foremost) foremost = place;
        if (!found) return;
        ++overview.matching;
        ++overview.by_status[static_cast<std::size_t>(status)];
        if (!query.status || status == *query.status) places.push_back(std::move(place));
      }));
  std::ranges::sort(places, std::less<>());
  if (foremost) overview.foremost = foremost->id;
  overview.total = static_cast<std::int64_t>(places.size());
  return places;
}

// One that is gone, or was none: from the start.
std::span<const ListPlace> page_after(const std::vector<ListPlace>& places,
                                      const OverviewQuery& query) {
  const auto last =
      std::ranges::find(places, parse_endpoint_id(query.after),
                        [](const ListPlace& place) { return std::optional(place.id); });
  const auto from = last == places.end() ? places.begin() : last + 1;
  const auto rows = std::min(query.limit, static_cast<std::size_t>(places.end() - from));
  return {from, rows};
}

}  // namespace

Result<Overview> read_overview(Store& store, const OverviewQuery& query, Time now) {
  Overview overview;
  THIG_TRY_ASSIGN(totals, store.statistics().totals());
  overview.totals = totals;
  THIG_TRY_ASSIGN(failing, store.queue().failing());
  THIG_TRY_ASSIGN(places, find_places(store, query, failing, now, overview));
  const std::span<const ListPlace> page = page_after(places, query);
  overview.first = static_cast<std::size_t>(page.data() - places.data());
  std::vector<EndpointId> ids;
  for (const ListPlace& place : page) ids.push_back(place.id);
  THIG_TRY_ASSIGN(views, summarize_webhooks(store, ids));
  for (SummaryView& view : views) {
    // As it is by now, which is what the row tells of.
    const WebhookStatus status = status_of(view, now);
    overview.rows.push_back({.view = std::move(view), .status = status});
  }
  return overview;
}

}  // namespace thig::pages

// What was emitted and how it was delivered. The rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/delivery.h"
#include "core/model/event.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace thig {

struct DeliveryFilter {
  std::optional<EndpointId> endpoint{};
  std::optional<EventId> event{};
  std::vector<DeliveryState> states{};  // any of these; empty: all
  std::optional<Time> since{};          // of events that were emitted then or later
  std::optional<Time> until{};          // … or before then
  std::optional<DeliveryId>
      before;  // keyset paging: only those that come after this one in the list
  std::size_t limit = 50;

  // No index serves these: rows are passed over to find some.
  std::string type{};                   // a pattern (model/event.h); empty: all
  std::vector<std::string> outcomes{};  // of the last attempt (matches_outcome), any; empty: all
  std::size_t most_rows = 50'000;       // looked at in each table for one page
};

struct DeliveryPage {
  std::vector<Delivery> deliveries;  // newest event first, then by webhook
  // Set when rows were left unlooked at before the page was full: all up to here were looked at,
  // and the search goes on with this as `before`.
  std::optional<DeliveryId> searched_to;
};

struct Timeline {
  Delivery delivery;
  std::string body;               // what is or was sent
  std::vector<Attempt> attempts;  // by number
};

// How often events of each type were emitted of late, those of tests included.
struct RecentEvents {
  std::map<std::string, std::int64_t, std::less<>> by_type;  // those that were emitted at all
  // Set when there are more than could be counted: the oldest that was.
  std::optional<EventId> counted_to;
};

class HistoryStore {
 public:
  virtual ~HistoryStore() = default;

  virtual Result<DeliveryPage> search(const DeliveryFilter& filter) = 0;
  // The same without its second half, for filters that an index serves.
  Result<std::vector<Delivery>> deliveries(const DeliveryFilter& filter) {
    THIG_TRY_ASSIGN(page, search(filter));
    return std::move(page.deliveries);
  }
  // `not_found` if there is no such delivery.
  virtual Result<Timeline> timeline(DeliveryId id) = 0;
  // An event with the deliveries it led to, in any state; `not_found`.
  virtual Result<Event> event(EventId id) = 0;
  // Of the events since then that are kept, the newest `most_events`: each is looked at, since
  // nothing counts them by type when they are emitted.
  virtual Result<RecentEvents> recent_events(Time since, std::size_t most_events) = 0;
};

}  // namespace thig

// Which deliveries are meant, in words, and what is found of them.
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/dispatch/request.h"
#include "core/rules/explain.h"
#include "core/rules/signing.h"
#include "core/store/store.h"

#include <optional>
#include <string>
#include <vector>

namespace thig {

inline constexpr std::size_t deliveries_at_once = 50;

// The states and outcomes that can be asked for. An outcome may also be a status: "503".
std::span<const std::string> delivery_states();
std::span<const std::string> delivery_outcomes();

// As somebody has written it. The fields are named as here: "webhook", "event", "state", "type",
// "status", "since", "until", "before".
struct DeliveryQuery {
  std::optional<std::string> webhook{};  // by name or id
  std::optional<std::string> event{};
  std::vector<std::string> states{};
  std::string type{};                   // a pattern
  std::vector<std::string> outcomes{};  // field "status"
  std::optional<std::string> since{};   // moments
  std::optional<std::string> until{};
  std::optional<std::string> before{};  // the last of the page before
  std::size_t limit = deliveries_at_once;

  // Nothing but an event is given.
  bool only_event() const;
};

// What can be told without a database; `usage`, naming the field, for what cannot be meant.
Result<DeliveryFilter> read_query(const DeliveryQuery& query, Time now, const Wording& wording);
// Looks the webhook and the event up as well: `not_found`.
Result<DeliveryFilter> read_query(Store& store, const DeliveryQuery& query, Time now,
                                  const Wording& wording);

struct FoundDeliveries {
  std::vector<Delivery> deliveries;
  // There are more after the last of these.
  bool more = false;
  // Set when the search was stopped before the page was full; it goes on after this one.
  std::optional<DeliveryId> searched_to{};
  // After which delivery the next page begins, where there may be one.
  std::optional<DeliveryId> next() const;
};
Result<FoundDeliveries> find_deliveries(HistoryStore& store, DeliveryFilter filter);

// One delivery with all that is needed to tell of it.
struct DeliveryStory {
  Timeline timeline;
  Endpoint endpoint;
  Remark why;
  std::vector<SigningKey> keys{};  // none if they cannot be read
  std::optional<Error> no_keys{};  // why not

  // The headers of an attempt, made again from the webhook's settings as they are now.
  std::vector<ShownHeader> request_headers(const Attempt& attempt) const;
  // They may have been others then.
  bool changed_since(const Attempt& attempt) const;
};
Result<DeliveryStory> read_story(Store& store, DeliveryId id, Time now);

// What an event was to one webhook.
struct ToldReception {
  Endpoint endpoint;
  std::optional<DeliveryId> delivery;
  Explanation explanation;
};
// To every webhook there is, by name.
Result<std::vector<ToldReception>> tell_receptions(Store& store, const Event& event, Time now);

}  // namespace thig

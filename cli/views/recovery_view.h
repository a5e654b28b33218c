// What retry, recover and cancel have in common: how deliveries are named, and how is told what
// became of them.
#pragma once

#include "cli/app/context.h"
#include "cli/views/render.h"
#include "core/care/recovery.h"

#include <span>
#include <string>
#include <vector>

namespace thig {

// Delivery ids as words, or a line each on standard input for "-". `not_found` for what is none.
Result<std::vector<DeliveryId>> read_delivery_ids(Context& context,
                                                  const std::vector<std::string>& words);

// Webhooks by id, for their names and states.
class WebhookNames {
 public:
  static Result<WebhookNames> load(Store& store);
  // Null if it is gone.
  const Endpoint* find(EndpointId id) const;
  std::string name(EndpointId id) const;

 private:
  std::vector<Endpoint> endpoints_;
};

// "12 deliveries (10 dead, 2 missed)"; without states for pending ones.
std::string describe(std::span<const DeliveryCount> counts);
// A member "counts" of a JSON object: by state and event type.
void write_counts(JsonWriter& json, std::span<const DeliveryCount> counts);
// A line for each state and event type of a webhook.
Table count_table();
void add_counts(Table& table, const std::string& webhook, std::span<const DeliveryCount> counts);

// Said after deliveries have become pending: what keeps them waiting, if something does.
Status note_waiting(Context& context, Store& store, std::span<const Endpoint* const> webhooks);
// Said after deliveries have been cancelled while a process delivers.
void note_under_way(Context& context);

}  // namespace thig

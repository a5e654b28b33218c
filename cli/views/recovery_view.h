// What retry, recover and cancel have in common: how deliveries are named, and how is told what
// became of them.
#pragma once

#include "cli/app/context.h"
#include "cli/views/render.h"
#include "core/api/recovery_flow.h"
#include "core/api/webhook_hold.h"

#include <span>
#include <string>
#include <vector>

namespace thig {

// Delivery ids as words, or a line each on standard input for "-". `not_found` for what is none.
Result<std::vector<DeliveryId>> read_delivery_ids(Context& context,
                                                  const std::vector<std::string>& words);

// "12 deliveries (10 dead, 2 missed)"; without states for pending ones.
std::string describe(std::span<const DeliveryCount> counts);
// A line for each state and event type of a webhook.
Table count_table();
void add_counts(Table& table, const std::string& webhook, std::span<const DeliveryCount> counts);

// Why the deliveries of a paused webhook wait, and for how long.
std::string describe_pause(const EndpointSummary& webhook, const WebhookHold& hold, Time now);
// Said after deliveries have become pending: what keeps them waiting, if something does.
Status note_waiting(Context& context, Store& store,
                    std::span<const EndpointSummary* const> webhooks);
// Said after deliveries have been cancelled while a process delivers.
void note_under_way(Context& context);

}  // namespace thig

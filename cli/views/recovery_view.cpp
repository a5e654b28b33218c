#include "cli/views/recovery_view.h"

#include "cli/files/input.h"
#include "cli/views/delivery_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

// Far more than the most ids there may be.
constexpr std::size_t longest_list = 256u << 10;

}  // namespace

Result<std::vector<DeliveryId>> read_delivery_ids(Context& context,
                                                  const std::vector<std::string>& words) {
  std::vector<DeliveryId> ids;
  for (const std::string& word : words) {
    if (word != "-") {
      THIG_TRY_ASSIGN(id, read_delivery_id(word));
      ids.push_back(id);
      continue;
    }
    THIG_TRY_ASSIGN(text, read_input(context, "-", longest_list, "DLV"));
    THIG_TRY_ASSIGN(listed, read_delivery_ids(text));
    ids.insert(ids.end(), listed.begin(), listed.end());
  }
  return ids;
}

std::string describe_pause(const EndpointSummary& webhook, const WebhookHold& hold, Time now) {
  return fmt::format(
      "{0} is paused after repeated failures; its deliveries continue {1}, or now with: thig-hooks "
      "enable {0}",
      webhook.name, describe_relative(hold.until, now));
}

std::string describe(std::span<const DeliveryCount> counts) {
  std::string states;
  for (const DeliveryState state : {DeliveryState::dead, DeliveryState::missed}) {
    std::int64_t sum = 0;
    for (const DeliveryCount& one : counts) sum += one.state == state ? one.count : 0;
    if (sum > 0) states += fmt::format("{}{} {}", states.empty() ? "" : ", ", sum, to_text(state));
  }
  const std::string all = count_of(total_of(counts), "delivery", "deliveries");
  return states.empty() ? all : fmt::format("{} ({})", all, states);
}

Table count_table() {
  return Table({{.header = "WEBHOOK", .shrinks = true},
                {.header = "STATE"},
                {.header = "EVENT"},
                {.header = "COUNT", .right = true}});
}

void add_counts(Table& table, const std::string& webhook, std::span<const DeliveryCount> counts) {
  for (const DeliveryCount& one : counts) {
    table.row({{.text = webhook},
               {.text = std::string(to_text(one.state)), .style = style_of(one.state)},
               {.text = one.event_type},
               {.text = std::to_string(one.count)}});
  }
}

Status note_waiting(Context& context, Store& store,
                    std::span<const EndpointSummary* const> webhooks) {
  THIG_TRY_ASSIGN(held, held_webhooks(store, webhooks, context.now()));
  for (const HeldWebhook& one : held) {
    if (one.hold.why == WebhookHold::Why::disabled) {
      context.note(fmt::format("{0} is disabled; its deliveries wait until: thig-hooks enable {0}",
                               one.webhook->name));
    } else {
      context.note(describe_pause(*one.webhook, one.hold, context.now()));
    }
  }
  const auto paths = context.paths();
  if (paths && !dispatching_pid(*paths)) {
    context.note(
        "no process is delivering: start `thig-hooks run`, or run `thig-hooks deliver` from cron");
  }
  return {};
}

void note_under_way(Context& context) {
  const auto paths = context.paths();
  const auto owner = paths ? dispatching_pid(*paths) : std::nullopt;
  if (!owner) return;
  context.note(
      fmt::format("process {} is delivering: an attempt in progress may still arrive", *owner));
}

}  // namespace thig

#include "cli/views/recovery_view.h"

#include "cli/files/input.h"
#include "cli/views/delivery_view.h"
#include "core/base/codec.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// Far more than the most ids there may be.
constexpr std::size_t longest_list = 256 * 1024;

Status append_id(std::vector<DeliveryId>& into, std::string_view text) {
  const auto id = parse_delivery_id(text);
  if (!id) {
    return fail(ErrorCode::not_found, fmt::format("there is no delivery \"{}\"", printable(text)),
                "`thig-hooks deliveries` lists them; they start with dlv_");
  }
  into.push_back(*id);
  return {};
}

}  // namespace

Result<std::vector<DeliveryId>> read_delivery_ids(Context& context,
                                                  const std::vector<std::string>& words) {
  std::vector<DeliveryId> ids;
  for (const std::string& word : words) {
    if (word != "-") {
      THIG_TRY(append_id(ids, word));
      continue;
    }
    THIG_TRY_ASSIGN(text, read_input(context, "-", longest_list, "DLV"));
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      line = trimmed(line);
      if (!line.empty()) THIG_TRY(append_id(ids, line));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return ids;
}

Result<WebhookNames> WebhookNames::load(Store& store) {
  WebhookNames names;
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  names.endpoints_ = std::move(endpoints);
  return names;
}

const Endpoint* WebhookNames::find(EndpointId id) const {
  const auto found = std::ranges::find(endpoints_, id, &Endpoint::id);
  return found == endpoints_.end() ? nullptr : &*found;
}

std::string WebhookNames::name(EndpointId id) const {
  const Endpoint* endpoint = find(id);
  return endpoint ? endpoint->name : std::string();
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

void write_counts(JsonWriter& json, std::span<const DeliveryCount> counts) {
  json.key("counts").begin_array();
  for (const DeliveryCount& one : counts) {
    json.begin_object().key("state").text(to_text(one.state));
    json.key("event").text(one.event_type).key("count").number(one.count).end_object();
  }
  json.end_array();
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

Status note_waiting(Context& context, Store& store, std::span<const Endpoint* const> webhooks) {
  for (const Endpoint* webhook : webhooks) {
    if (webhook->state == EndpointState::disabled) {
      context.note(fmt::format("{0} is disabled; its deliveries wait until: thig-hooks enable {0}",
                               webhook->name));
      continue;
    }
    THIG_TRY_ASSIGN(health, store.queue().health(webhook->id));
    if (health.parked_until && *health.parked_until > context.now()) {
      context.note(fmt::format("{} does not respond well; its deliveries go on {}", webhook->name,
                               describe_relative(*health.parked_until, context.now())));
    }
  }
  const auto places = context.places();
  if (places && !dispatching_pid(*places)) {
    context.note(
        "no process is delivering at the moment: start `thig-hooks run`, or `thig-hooks deliver` "
        "from cron");
  }
  return {};
}

void note_under_way(Context& context) {
  const auto places = context.places();
  const auto owner = places ? dispatching_pid(*places) : std::nullopt;
  if (!owner) return;
  context.note(fmt::format(
      "process {} is delivering: an attempt that is under way may still arrive", *owner));
}

}  // namespace thig

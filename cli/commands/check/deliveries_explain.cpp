#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/views/delivery_view.h"
#include "core/rules/explain.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace thig {
namespace {

struct Told {
  Endpoint endpoint;
  std::optional<DeliveryId> delivery;
  Explanation explanation;
};

Style style_of(Reception reception) {
  switch (reception) {
    case Reception::delivered:
      return Style::good;
    case Reception::pending:
      return Style::warn;
    case Reception::dead:
    case Reception::missed:
      return Style::bad;
    default:
      return Style::dim;
  }
}

class DeliveriesExplain final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "One line for each webhook there is, by name. What became of its delivery: delivered, "
        "pending, dead, missed (it was disabled), cancelled, test. Or why it has none: "
        "not_subscribed (its patterns), added_later (it did not exist yet), changed_since (it asks "
        "for the type now, and was changed after the event), only_a_test (of another webhook), "
        "not_recorded (its history was deleted). When piped, a line is: webhook, one of these "
        "words, delivery id, why; separated by tabs.");
    flags.example("thig-hooks deliveries explain evt_0nvpz4gk20400",
                  "See who got an event, who did not, and why");
    flags.example(
        "thig-hooks deliveries explain evt_0nvpz4gk20400 --json | jq -r '.[] | select(.outcome == "
        "\"missed\").webhook'",
        "Name those that missed it");
    flags.positional("EVT", event_, "An event id: the id in the body of a delivery");
  }

  Result<ExitCode> run(Context& context) override {
    const auto id = parse_event_id(event_);
    if (!id) {
      return fail(ErrorCode::not_found, fmt::format("there is no event \"{}\"", event_),
                  "an event id looks like evt_0nvpz4gk20400; `thig-hooks deliveries --json` has "
                  "them as eventId");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
    THIG_TRY_ASSIGN(event, store->history().event(*id));
    THIG_TRY_ASSIGN(told, tell(*store, event, context.now()));
    if (context.json()) {
      write_json(context, told);
    } else {
      write_table(context, told);
    }
    THIG_TRY(context.out().flush());
    context.note(summary(event, told));
    return ExitCode::done;
  }

 private:
  static Result<std::vector<Told>> tell(Store& store, const Event& event, Time now) {
    THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
    DeliveryFilter filter;
    filter.event = event.id;
    filter.limit = endpoints.size() + 1;
    THIG_TRY_ASSIGN(deliveries, store.history().deliveries(filter));
    EventFacts facts{.id = event.id, .type = event.type};
    std::unordered_map<EndpointId, const Delivery*> by_endpoint;
    for (const Delivery& delivery : deliveries) {
      by_endpoint[delivery.id.endpoint] = &delivery;
      facts.test = facts.test || delivery.state == DeliveryState::test;
    }
    std::vector<Told> told;
    told.reserve(endpoints.size());
    for (Endpoint& endpoint : endpoints) {
      const auto found = by_endpoint.find(endpoint.id);
      const Delivery* delivery = found == by_endpoint.end() ? nullptr : found->second;
      EndpointHealth health;
      if (delivery && delivery->state == DeliveryState::pending) {
        THIG_TRY_ASSIGN(stored, store.queue().health(endpoint.id));
        health = stored;
      }
      auto explanation = explain(facts, endpoint, health, delivery, now);
      told.push_back({.endpoint = std::move(endpoint),
                      .delivery = delivery ? std::optional(delivery->id) : std::nullopt,
                      .explanation = std::move(explanation)});
    }
    return told;
  }

  static void write_json(Context& context, const std::vector<Told>& told) {
    JsonWriter json;
    json.begin_array();
    for (const Told& one : told) {
      json.begin_object().key("webhook").text(one.endpoint.name);
      json.key("webhookId").text(to_text(one.endpoint.id));
      json.key("outcome").text(to_text(one.explanation.reception));
      write_text_or_null(json, "deliveryId", one.delivery ? to_text(*one.delivery) : "");
      json.key("why").text(one.explanation.why).end_object();
    }
    context.out().line(json.end_array().take());
  }

  static void write_table(Context& context, const std::vector<Told>& told) {
    if (told.empty()) return;
    Table table({{.header = "WEBHOOK", .shrinks = true},
                 {.header = "OUTCOME"},
                 {.header = "DELIVERY", .optional = true},
                 {.header = "WHY", .shrinks = true, .least = 20}});
    for (const Told& one : told) {
      const Reception reception = one.explanation.reception;
      table.row({{.text = one.endpoint.name, .style = Style::bold},
                 {.text = std::string(to_text(reception)), .style = style_of(reception)},
                 {.text = one.delivery ? to_text(*one.delivery) : std::string()},
                 {.text = one.explanation.why}});
    }
    print_table(context, table);
  }

  static std::string summary(const Event& event, const std::vector<Told>& told) {
    const auto got = std::ranges::count_if(told, [](const Told& one) { return !!one.delivery; });
    return fmt::format("{}, emitted at {}: of {}, {} asked for it then", event.type,
                       format_rfc3339_millis(time_of(event.id)),
                       count_of(static_cast<std::int64_t>(told.size()), "webhook", "webhooks"),
                       got);
  }

  std::string event_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries_explain() {
  return std::make_unique<DeliveriesExplain>();
}

}  // namespace thig

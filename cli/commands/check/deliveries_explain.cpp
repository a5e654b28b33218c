#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/terminal/local_time.h"
#include "cli/views/render.h"
#include "core/api/command_wording.h"
#include "core/api/delivery_view.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

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
        "Prints one line per webhook, sorted by name. If the webhook has a delivery of the event, "
        "the outcome is the state of that delivery: delivered, pending, dead, missed (the webhook "
        "was disabled), cancelled or test. Otherwise the outcome is the reason why there is none: "
        "not_subscribed (no pattern matched), condition_not_met (the event "
        "does not meet a condition of the webhook), added_later (the webhook did not exist yet), "
        "changed_since (it is subscribed now, but was changed after the event), only_a_test (a "
        "test of another webhook) or not_recorded (the history was deleted). Tab-separated columns "
        "when piped: webhook, outcome, delivery id, explanation.");
    flags.example("thig-hooks deliveries explain evt_0nvpz4gk20400",
                  "Show who got an event, who did not, and why");
    flags.example(
        "thig-hooks deliveries explain evt_0nvpz4gk20400 --json | jq -r '.[] | select(.outcome == "
        "\"missed\").webhook'",
        "List the webhooks that missed an event");
    flags.positional("EVT", event_, "An event id: the id in the body of a delivery");
  }

  Result<ExitCode> run(Context& context) override {
    const auto id = parse_event_id(event_);
    if (!id) {
      return fail(ErrorCode::not_found, fmt::format("no such event: \"{}\"", event_),
                  "an event id looks like evt_0nvpz4gk20400; `thig-hooks deliveries --json` lists "
                  "them as eventId");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
    THIG_TRY_ASSIGN(event, store->history().event(*id));
    THIG_TRY_ASSIGN(told, tell_receptions(*store, event, context.now()));
    if (context.json()) {
      context.out().line(receptions_document(told, command_wording()));
    } else {
      THIG_TRY(write_table(context, told));
    }
    THIG_TRY(context.out().flush());
    context.note(summary(event, told, context.err().terminal()));
    return ExitCode::done;
  }

 private:
  static Status write_table(Context& context, const std::vector<ToldReception>& told) {
    if (told.empty()) return {};
    Table table({{.header = "WEBHOOK", .shrinks = true},
                 {.header = "OUTCOME"},
                 {.header = "DELIVERY", .optional = true},
                 {.header = "WHY", .shrinks = true, .least = 20}});
    for (const ToldReception& one : told) {
      const Reception reception = one.explanation.reception;
      table.row({{.text = one.endpoint.name, .style = Style::bold},
                 {.text = std::string(to_text(reception)), .style = style_of(reception)},
                 {.text = one.delivery ? to_text(*one.delivery) : std::string()},
                 sentence_cell(command_wording().text(one.explanation.why), context.now())});
    }
    return print_table(context, table);
  }

  static std::string summary(const Event& event, const std::vector<ToldReception>& told,
                             bool for_eyes) {
    const auto got =
        std::ranges::count_if(told, [](const ToldReception& one) { return !!one.delivery; });
    const auto unmet = std::ranges::count_if(told, [](const ToldReception& one) {
      return one.explanation.reception == Reception::condition_not_met;
    });
    const Time emitted = time_of(event.id);
    std::string text =
        fmt::format("{}, emitted at {}{}: of {}, {} subscribed at that time", event.type,
                    format_rfc3339_millis(emitted), for_eyes ? beside_utc(emitted) : std::string(),
                    count_of(static_cast<std::int64_t>(told.size()), "webhook", "webhooks"), got);
    if (unmet > 0) text += fmt::format(", and {} with conditions that it does not meet", unmet);
    return text;
  }

  std::string event_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries_explain() {
  return std::make_unique<DeliveriesExplain>();
}

}  // namespace thig

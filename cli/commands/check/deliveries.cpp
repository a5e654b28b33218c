#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/flags/delivery_flags.h"
#include "cli/views/delivery_view.h"
#include "core/dispatch/router.h"
#include "core/rules/filter.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Deliveries final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "When piped, a line is: time of the event, id, webhook, event type, state, attempts, last "
        "status or error, next attempt, end; separated by tabs.");
    flags.about(
        "--type and --status look through what the other flags leave, and stop after 50,000 "
        "deliveries; a note on standard error then has the command that goes on.");
    flags.example("thig-hooks deliveries", "See the newest");
    flags.example("thig-hooks deliveries --webhook crm --state dead,missed",
                  "See what a webhook did not get");
    flags.example("thig-hooks deliveries --status 5xx,timeout --since 2h",
                  "See what went wrong in the last two hours");
    flags.example("thig-hooks deliveries --type 'project.*' --until 2026-01-15T10:30:00Z",
                  "See what was sent of some types before a moment");
    which_.declare(flags);
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(which_.check(context.now()));
    THIG_TRY_ASSIGN(store, context.store_if_any());
    DeliveryPage page;
    if (store) {
      THIG_TRY_ASSIGN(found, find(*store, context.now()));
      page = std::move(found);
    }
    const bool more = page.deliveries.size() > which_.limit();
    if (more) page.deliveries.pop_back();
    if (context.json()) {
      JsonWriter json;
      json.begin_array();
      for (const Delivery& delivery : page.deliveries) write_row(json, delivery);
      context.out().line(json.end_array().take());
    } else {
      write_table(context, page.deliveries);
    }
    THIG_TRY(context.out().flush());
    if (more) {
      context.note("there are more: " + which_.next_command(context, page.deliveries.back().id));
    } else if (page.searched_to) {
      context.note(fmt::format("looked through {}; to go on: {}", most_rows(),
                               which_.next_command(context, *page.searched_to)));
    } else if (store && page.deliveries.empty()) {
      THIG_TRY(tell_why_none(context, *store));
    }
    if (which_.only_event()) {
      context.note("for every webhook: thig-hooks deliveries explain " + *which_.event() +
                   context.flags_to_repeat());
    }
    return ExitCode::done;
  }

 private:
  // One more than asked for, to know whether there are more.
  Result<DeliveryPage> find(Store& store, Time now) {
    THIG_TRY_ASSIGN(filter, which_.read(store, now));
    ++filter.limit;
    return store.history().search(filter);
  }

  static std::string most_rows() {
    return fmt::format("{} deliveries", DeliveryFilter{}.most_rows);
  }

  Status tell_why_none(Context& context, Store& store) const {
    if (which_.only_event()) {
      context.note("no webhook had asked for this event when it was emitted");
      return {};
    }
    context.note("no deliveries");
    if (which_.type().empty()) return {};
    // A slip of the pen finds nothing, too.
    THIG_TRY_ASSIGN(router, Router::load(store.config()));
    std::vector<std::string> types;
    for (const EventType& type : router.event_types()) types.push_back(type.name);
    if (const auto known = check_pattern(which_.type(), types); !known) {
      context.note(known.error().text + "; " + known.error().hint);
    }
    return {};
  }

  static void write_row(JsonWriter& json, const Delivery& delivery) {
    json.begin_object();
    write_delivery(json, delivery);
    json.key("attempts").number(std::int64_t{delivery.attempts}).key("lastAttempt");
    if (delivery.last) {
      write_attempt(json, *delivery.last);
    } else {
      json.null();
    }
    json.end_object();
  }

  static void write_table(Context& context, const std::vector<Delivery>& deliveries) {
    if (deliveries.empty()) return;
    using enum Column::Where;
    Table table({{.header = "EVENT AT"},
                 {.header = "ID"},
                 {.header = "WEBHOOK", .shrinks = true},
                 {.header = "EVENT"},
                 {.header = "STATE"},
                 {.header = "ATTEMPTS", .right = true, .optional = true},
                 {.header = "LAST", .shrinks = true},
                 {.header = "NEXT"},
                 {.header = "end", .where = piped}});
    const Time now = context.now();
    for (const Delivery& delivery : deliveries) {
      table.row({time_cell(time_of(delivery.id.event), now),
                 {.text = to_text(delivery.id)},
                 {.text = delivery.endpoint_name},
                 {.text = delivery.event_type},
                 {.text = std::string(to_text(delivery.state)), .style = style_of(delivery.state)},
                 {.text = std::to_string(delivery.attempts)},
                 {.text = delivery.last ? describe(*delivery.last) : std::string()},
                 time_cell(delivery.due_at, now),
                 time_cell(delivery.finished_at, now)});
    }
    print_table(context, table);
  }

  DeliveryFlags which_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries() {
  return std::make_unique<Deliveries>();
}

}  // namespace thig

#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/flags/delivery_flags.h"
#include "cli/flags/follow_flag.h"
#include "cli/terminal/follow.h"
#include "cli/views/delivery_view.h"
#include "cli/views/render.h"
#include "core/api/command_wording.h"
#include "core/api/delivery_view.h"
#include "core/api/follower.h"
#include "core/base/codec.h"
#include "core/dispatch/router.h"
#include "core/rules/filter.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Deliveries final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Tab-separated columns when piped: event time, id, webhook, event type, state, attempts, "
        "last status or error, next attempt, end.");
    flags.about(
        "--type and --status search the deliveries that the other flags select, at most 50,000 at "
        "a time. If there are more, a note on standard error gives the command that continues.");
    flags.example("thig-hooks deliveries", "List the newest deliveries");
    flags.example("thig-hooks deliveries --webhook crm --state dead,missed",
                  "List what a webhook did not receive");
    flags.example("thig-hooks deliveries --status 5xx,timeout --since 2h",
                  "List failures of the last two hours");
    flags.example("thig-hooks deliveries --type 'project.*' --until 2026-01-15T10:30:00Z",
                  "List deliveries of some event types before a point in time");
    flags.example("thig-hooks deliveries --follow --webhook crm",
                  "Watch deliveries as they are made, until Ctrl-C");
    which_.declare(flags);
    follow_.declare(flags, "deliveries");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(which_.read_times(context));
    const DeliveryQuery query = which_.query();
    THIG_TRY_ASSIGN(filter, read_query(query, context.now(), command_wording()));
    THIG_TRY_ASSIGN(store, follow_.store(context));
    if (store) {
      THIG_TRY_ASSIGN(read, read_query(*store, query, context.now(), command_wording()));
      filter = std::move(read);
    }
    if (follow_.given) return follow_deliveries(context, *store, filter);
    FoundDeliveries found;
    if (store) {
      THIG_TRY_ASSIGN(page, find_deliveries(store->history(), filter));
      found = std::move(page);
    }
    if (context.json()) {
      context.out().line(deliveries_document(found.deliveries));
    } else {
      THIG_TRY(write_table(context, found.deliveries));
    }
    THIG_TRY(context.out().flush());
    if (const auto next = found.next()) {
      const std::string command = which_.next_command(context, filter, *next);
      context.note(found.more ? "more deliveries: " + command
                              : fmt::format("searched {} deliveries; continue with: {}",
                                            filter.most_rows, command));
    } else if (store && found.deliveries.empty()) {
      THIG_TRY(tell_why_none(context, *store, query));
    }
    if (query.event && query.only_event()) {
      context.note("explain for every webhook: thig-hooks deliveries explain " + *query.event +
                   context.flags_to_repeat());
    }
    return ExitCode::done;
  }

 private:
  // First the newest, as many as a page has.
  static Result<ExitCode> follow_deliveries(Context& context, Store& store, DeliveryFilter filter) {
    using Mark = std::pair<DeliveryState, int>;
    Follower<DeliveryId, Mark> follower;
    if (context.json()) context.out().write_json_lines();
    const auto look = [&]() -> Status {
      THIG_TRY_ASSIGN(found, find_deliveries(store.history(), filter));
      const auto fresh = follower.fresh(
          std::move(found.deliveries), [](const Delivery& one) { return one.id; },
          [](const Delivery& one) { return Mark(one.state, one.attempts); });
      filter.limit = most_followed;
      if (context.json()) {
        context.out().line(deliveries_document(fresh));
        return {};
      }
      for (const Delivery& delivery : fresh) write_line(context, delivery);
      return {};
    };
    THIG_TRY(follow(context, between_looks_at_a_list, look));
    return ExitCode::done;
  }

  static void write_line(Context& context, const Delivery& delivery) {
    const std::string state(to_text(delivery.state));
    const std::string last = delivery.last ? describe(*delivery.last) : std::string();
    if (!context.for_eyes()) {
      context.out().line(
          fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}", format_rfc3339(time_of(delivery.id.event)),
                      to_text(delivery.id), printable(delivery.endpoint_name),
                      printable(delivery.event_type), state, delivery.attempts, printable(last)));
      return;
    }
    context.out().line(
        fmt::format("{}  {}  {}  {}  {}{}", format_rfc3339(context.now()), to_text(delivery.id),
                    printable(delivery.endpoint_name), printable(delivery.event_type),
                    paint(state, style_of(delivery.state), context.out_colour()),
                    delivery.attempts == 0
                        ? std::string()
                        : fmt::format("  attempt {}: {}", delivery.attempts, printable(last))));
  }

  static Status tell_why_none(Context& context, Store& store, const DeliveryQuery& query) {
    if (query.only_event()) {
      context.note(
          "no webhook was subscribed to this event when it was emitted, or none whose conditions "
          "it "
          "meets");
      return {};
    }
    context.note("no deliveries found");
    if (query.type.empty()) return {};
    // A slip of the pen finds nothing, too.
    THIG_TRY_ASSIGN(known_types, known_event_types(store.config()));
    std::vector<std::string> types;
    for (const EventType& type : known_types) types.push_back(type.name);
    if (const auto known = check_pattern(query.type, types); !known) {
      context.note(known.error().text + "; " + command_wording().text(known.error().hint));
    }
    return {};
  }

  static Status write_table(Context& context, const std::vector<Delivery>& deliveries) {
    if (deliveries.empty()) return {};
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
    return print_table(context, table);
  }

  DeliveryFlags which_;
  FollowFlag follow_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries() {
  return std::make_unique<Deliveries>();
}

}  // namespace thig

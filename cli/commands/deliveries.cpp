#include "cli/commands/all.h"
#include "cli/delivery_view.h"
#include "core/engine/webhooks.h"

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> states = {"pending", "delivered", "dead",
                                         "missed",  "cancelled", "test"};

class Deliveries final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "When piped, a line is: time of the event, id, webhook, event type, state, attempts, last "
        "status or error, next attempt, end; separated by tabs.");
    flags.example("thig-hooks deliveries", "See the newest");
    flags.example("thig-hooks deliveries --webhook crm --state dead", "See what was given up");
    flags.example("thig-hooks deliveries --event evt_0nvpz4gk20400",
                  "See who got an event, and who did not");
    flags.text("--webhook", "WEBHOOK", webhook_, "Only those of one webhook, by name or id");
    flags.text("--event", "EVT", event_, "Only those of one event, by id");
    flags
        .custom("--state", "STATE", "Only those in a state",
                [this](const std::string& text) -> Status {
                  state_ = parse_delivery_state(text);
                  if (state_) return {};
                  return std::unexpected(not_a_choice(text, states));
                })
        .choices = states;
    flags.number("--limit", "N", limit_, 1, 10'000, "How many at most");
    flags.text("--before", "DLV", before_, "Go on after this one, the last of the page before");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_ids());
    THIG_TRY_ASSIGN(store, context.store_if_any());
    std::vector<Delivery> deliveries;
    if (store) {
      THIG_TRY_ASSIGN(found, find(*store));
      deliveries = std::move(found);
    }
    const bool more = deliveries.size() > static_cast<std::size_t>(limit_);
    if (more) deliveries.pop_back();
    if (context.json()) {
      JsonWriter json;
      json.begin_array();
      for (const Delivery& delivery : deliveries) write_row(json, delivery);
      context.out().line(json.end_array().take());
    } else {
      write_table(context, deliveries);
    }
    THIG_TRY(context.out().flush());
    if (more) context.note("there are more: " + next_page(deliveries.back().id));
    if (store && deliveries.empty()) tell_why_none(context);
    return ExitCode::done;
  }

 private:
  Status check_ids() {
    if (event_) {
      filter_.event = parse_event_id(*event_);
      if (!filter_.event) {
        return fail(ErrorCode::usage, fmt::format("--event: \"{}\" is no event id", *event_),
                    "an event id looks like evt_0nvpz4gk20400");
      }
    }
    if (before_) {
      filter_.before = parse_delivery_id(*before_);
      if (!filter_.before) {
        return fail(ErrorCode::usage, fmt::format("--before: \"{}\" is no delivery id", *before_),
                    "a delivery id starts with dlv_");
      }
    }
    return {};
  }

  // One more than asked for, to know whether there are more.
  Result<std::vector<Delivery>> find(Store& store) {
    if (webhook_) {
      THIG_TRY_ASSIGN(endpoint, find_webhook(store, *webhook_));
      filter_.endpoint = endpoint.id;
    }
    if (filter_.event) THIG_TRY(store.event(*filter_.event));
    filter_.state = state_;
    filter_.limit = static_cast<std::size_t>(limit_) + 1;
    return store.deliveries(filter_);
  }

  void tell_why_none(Context& context) const {
    if (event_ && !webhook_ && !state_ && !before_) {
      context.note("no webhook had asked for this event when it was emitted");
    } else {
      context.note("no deliveries");
    }
  }

  std::string next_page(DeliveryId last) const {
    std::string command = "thig-hooks deliveries";
    if (webhook_) command += fmt::format(" --webhook '{}'", *webhook_);
    if (event_) command += " --event " + *event_;
    if (state_) command += fmt::format(" --state {}", to_text(*state_));
    if (limit_ != default_limit) command += fmt::format(" --limit {}", limit_);
    return command + " --before " + to_text(last);
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

  static constexpr int default_limit = 50;
  std::optional<std::string> webhook_;
  std::optional<std::string> event_;
  std::optional<std::string> before_;
  std::optional<DeliveryState> state_;
  int limit_ = default_limit;
  DeliveryFilter filter_;
};

}  // namespace

std::unique_ptr<Command> make_deliveries() {
  return std::make_unique<Deliveries>();
}

}  // namespace thig

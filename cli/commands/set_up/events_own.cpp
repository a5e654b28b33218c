#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/files/input.h"
#include "core/api/setup_view.h"
#include "core/setup/event_types.h"

#include <fmt/format.h>

namespace thig {
namespace {

class EventsAdd final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "You can emit and subscribe to it like the built-in ones. If the type exists, its "
        "description, category and sample are updated.");
    flags.example("thig-hooks events add invoice.paid --description 'An invoice is paid'",
                  "Register an event type");
    flags.positional("TYPE", type_.name, "Name: lower-case words with dots, such as invoice.paid");
    flags.text("--description", "TEXT", type_.description, "Description, for people");
    flags.text("--category", "TEXT", type_.category, "Category it is listed under").fallback =
        "Own";
    auto& data = flags.text("--data", "JSON", sample_,
                            "Event data of the sample: JSON, @FILE, or - for standard input");
    data.fallback = "{}";
    data.former_name = "--sample";
  }

  Result<ExitCode> run(Context& context) override {
    if (sample_) {
      THIG_TRY_ASSIGN(read, read_data_argument(context, *sample_, max_event_data));
      type_.sample = std::move(read);
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::create));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(result, add_event_type(store->config(), actor, type_, context.now()));
    if (context.json()) context.out().line(event_type_added_document(type_, result));
    if (result == ChangeResult::unchanged) {
      context.note(
          fmt::format("unchanged: {} already has this description and sample", type_.name));
    } else {
      context.note(fmt::format("you can emit {} now: thig-hooks emit {}", type_.name, type_.name));
    }
    return ExitCode::done;
  }

 private:
  EventType type_{
      .name = {}, .category = "Own", .description = {}, .sample = "{}", .builtin = false};
  std::optional<std::string> sample_;
};

class EventsRemove final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about("Events of that type that were already emitted are kept; new ones are refused.");
    flags.example("thig-hooks events remove invoice.paid", "Remove an event type of your own");
    flags.positional("TYPE", name_, "Event type of your own");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY(remove_event_type(store->config(), actor, name_, context.now()));
    context.note(fmt::format("removed the event type {}", name_));
    return ExitCode::done;
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_events_add() {
  return std::make_unique<EventsAdd>();
}

std::unique_ptr<Command> make_events_remove() {
  return std::make_unique<EventsRemove>();
}

}  // namespace thig

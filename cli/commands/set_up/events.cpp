#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/views/render.h"
#include "core/api/setup_view.h"
#include "core/dispatch/router.h"
#include "core/rules/filter.h"

#include <fmt/format.h>

namespace thig {
namespace {

// Built-in types alone where there is no database that could hold others.
Result<std::vector<EventType>> known_types(Context& context) {
  THIG_TRY_ASSIGN(exists, context.database_exists());
  if (!exists) return std::vector<EventType>(event_catalog().begin(), event_catalog().end());
  THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
  return known_event_types(store->config());
}

Status show_sample(Context& context, const std::vector<EventType>& types, const std::string& name) {
  for (const EventType& type : types) {
    if (type.name != name) continue;
    if (context.json()) {
      context.out().line(event_type_document(type));
    } else {
      context.note(
          fmt::format("{} ({}): {}; sample data:", type.name, type.category, type.description));
      context.out().line(type.sample);
    }
    return {};
  }
  return std::unexpected(unknown_event_type(name, types));
}

class Events final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.example("thig-hooks events", "List all event types you can subscribe to");
    flags.example("thig-hooks events 'billing.*'", "List the types of one kind");
    flags.example("thig-hooks events project.created", "Show sample data of one type");
    flags.positional("TYPE", type_,
                     "An event type, to show its sample data, or a pattern such as 'project.*', to "
                     "list the types");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(types, known_types(context));
    const bool pattern = type_ && type_->find('*') != std::string::npos;
    if (type_ && !pattern) {
      THIG_TRY(show_sample(context, types, *type_));
      return ExitCode::done;
    }
    if (pattern) {
      std::vector<std::string> names;
      for (const EventType& type : types) names.push_back(type.name);
      THIG_TRY(check_pattern(*type_, names));
      std::erase_if(types, [this](const EventType& type) { return !matches(*type_, type.name); });
    }
    THIG_TRY(write_list(context, types));
    return ExitCode::done;
  }

 private:
  static Status write_list(Context& context, const std::vector<EventType>& types) {
    if (context.json()) {
      context.out().line(event_types_document(types));
      return {};
    }
    Table table(
        {{.header = "EVENT"}, {.header = "CATEGORY"}, {.header = "DESCRIPTION", .shrinks = true}});
    for (const EventType& type : types) {
      table.row({{.text = type.name, .style = Style::bold},
                 {.text = type.category},
                 {.text = type.description}});
    }
    return print_table(context, table);
  }

  std::optional<std::string> type_;
};

class EventsShow final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.example("thig-hooks events show project.created", "Show the data that a receiver gets");
    flags.example("thig-hooks events show prd.approved | thig-hooks emit prd.approved --data -",
                  "Emit an event with sample data");
    flags.positional("TYPE", type_, "Event type");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(types, known_types(context));
    THIG_TRY(show_sample(context, types, type_));
    return ExitCode::done;
  }

 private:
  std::string type_;
};

}  // namespace

std::unique_ptr<Command> make_events() {
  return std::make_unique<Events>();
}

std::unique_ptr<Command> make_events_show() {
  return std::make_unique<EventsShow>();
}

}  // namespace thig

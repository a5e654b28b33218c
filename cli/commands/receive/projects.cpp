#include "cli/app/command.h"
#include "cli/commands/receive/receive.h"
#include "cli/views/render.h"
#include "core/api/incoming_view.h"

#include <fmt/format.h>

namespace thig {
namespace {

class Projects final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Lists the projects that incoming webhooks created, newest first, or shows one project "
        "with its notes.");
    flags.example("thig-hooks projects", "List projects");
    flags.example("thig-hooks projects 'Mobile App PRD'", "Show a project with its notes");
    flags.positional("PROJECT", name_, "Project name or id");
    flags.number("--limit", "N", limit_, 1, 10'000, "Maximum number of projects");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(store, context.store_if_any());
    if (!store) {
      if (context.json()) context.out().line("[]");
      return ExitCode::done;
    }
    return name_ ? show(context, *store) : list(context, *store);
  }

 private:
  Result<ExitCode> list(Context& context, Store& store) const {
    THIG_TRY_ASSIGN(projects, store.requests().projects(static_cast<std::size_t>(limit_)));
    if (context.json()) {
      context.out().line(projects_document(projects));
      return ExitCode::done;
    }
    if (projects.empty()) {
      context.note("no projects yet; incoming webhooks create them: thig-hooks add incoming");
      return ExitCode::done;
    }
    Table table({{.header = "NAME", .shrinks = true},
                 {.header = "ID", .optional = true},
                 {.header = "STATUS"},
                 {.header = "NOTES", .right = true},
                 {.header = "FROM", .shrinks = true},
                 {.header = "CREATED"}});
    for (const Project& project : projects) {
      table.row({{.text = project.name, .style = Style::bold},
                 {.text = to_text(project.id), .style = Style::dim},
                 {.text = project.status},
                 {.text = std::to_string(project.notes)},
                 {.text = project.source},
                 time_cell(project.created_at, context.now())});
    }
    THIG_TRY(print_table(context, table));
    return ExitCode::done;
  }

  Result<ExitCode> show(Context& context, Store& store) const {
    THIG_TRY_ASSIGN(project, store.requests().find_project(*name_));
    THIG_TRY_ASSIGN(notes, store.requests().notes(project.id));
    if (context.json()) {
      context.out().line(project_document(project, notes));
      return ExitCode::done;
    }
    Table table({{.header = "CREATED"}, {.header = "FROM"}, {.header = "NOTE"}});
    for (const Note& note : notes) {
      table.row(
          {time_cell(note.created_at, context.now()), {.text = note.source}, {.text = note.text}});
    }
    context.note(fmt::format("{} ({}), {}, from {}: {}", project.name, to_text(project.id),
                             project.status, project.source,
                             count_of(static_cast<std::int64_t>(notes.size()), "note", "notes")));
    if (!notes.empty()) {
      THIG_TRY(print_table(context, table));
    }
    return ExitCode::done;
  }

  std::optional<std::string> name_;
  int limit_ = 100;
};

}  // namespace

std::unique_ptr<Command> make_projects() {
  return std::make_unique<Projects>();
}

}  // namespace thig

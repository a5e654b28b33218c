#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/flags/time_range.h"
#include "cli/views/render.h"
#include "core/api/audit_query.h"

#include <limits>

#include <fmt/format.h>

namespace thig {
namespace {

class Audit final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Lists every change to webhooks, members, event types and settings, newest first: who made "
        "it, when, and the values before and after. It never contains secrets. A change without a "
        "member was made by thig-hooks itself, which disables webhooks that keep failing. "
        "Tab-separated columns when piped: number, time, member, role, action, subject, changes.");
    flags.example("thig-hooks audit", "Show the latest changes");
    flags.example("thig-hooks audit crm", "Show the changes to one webhook");
    flags.example("thig-hooks audit --since 7d --member ann",
                  "Show what one member changed this week");
    flags.example("thig-hooks audit --json | jq -r '.[] | select(.action == \"member.add\")'",
                  "Show who was made a member");
    flags
        .positional("SUBJECT", query_.subject,
                    "Only changes to the webhook, member or event type with this name")
        .required = false;
    flags.text("--member", "MEMBER", query_.actor, "Only changes by this member").former_name =
        "--actor";
    range_.declare(flags, "Only changes made");
    flags.number("--limit", "N", limit_, 1, 10'000, "Maximum number of changes");
    flags.number("--before", "NUMBER", before_, 1, std::numeric_limits<int>::max(),
                 "Continue after this change, the last one of the previous page");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(range_.read_into(query_, context));
    query_.before = before_;
    query_.limit = static_cast<std::size_t>(limit_);
    THIG_TRY_ASSIGN(filter, read_query(query_, context.now(), command_wording()));
    THIG_TRY_ASSIGN(store, context.store_if_any());
    FoundChanges found;
    if (store) {
      THIG_TRY_ASSIGN(page, find_changes(store->config(), filter));
      found = std::move(page);
    }
    if (context.json()) {
      context.out().line(changes_document(found.entries));
    } else {
      THIG_TRY(write_table(context, found.entries));
    }
    THIG_TRY(context.out().flush());
    if (found.more) {
      context.note("more changes: " + next_command(context, filter, found.entries.back().number));
    }
    if (store && found.entries.empty()) context.note("no changes");
    return ExitCode::done;
  }

 private:
  std::string next_command(const Context& context, const AuditFilter& filter,
                           std::int64_t after) const {
    ShellCommand next("thig-hooks audit");
    if (!query_.actor.empty()) next.flag("--member", query_.actor);
    repeat({.since = filter.since, .until = filter.until}, next);
    if (filter.limit != changes_at_once) next.flag("--limit", std::to_string(limit_));
    next.flag("--before", std::to_string(after)).words(context.flags_to_repeat());
    if (!query_.subject.empty()) next.positional(query_.subject);
    return next.text();
  }

  // "ann (key ci)" for eyes; what it was done through is a column of its own otherwise.
  static Cell member_cell(const Member& actor) {
    if (actor.name.empty()) return {.text = "-", .piped = ""};
    if (actor.via.empty()) return {.text = actor.name};
    return {.text = fmt::format("{} ({})", actor.name, actor.via), .piped = actor.name};
  }

  static Status write_table(Context& context, const std::vector<AuditEntry>& entries) {
    if (entries.empty()) return {};
    using enum Column::Where;
    Table table({{.header = "number", .where = piped},
                 {.header = "TIME"},
                 {.header = "MEMBER", .shrinks = true},
                 {.header = "role", .where = piped},
                 {.header = "ACTION"},
                 {.header = "SUBJECT", .shrinks = true},
                 {.header = "CHANGES", .shrinks = true, .least = 20},
                 {.header = "via", .where = piped}});
    for (const AuditEntry& entry : entries) {
      table.row({{.text = std::to_string(entry.number)},
                 time_cell(entry.at, context.now()),
                 member_cell(entry.actor),
                 {.text = std::string(role_of(entry))},
                 {.text = entry.action, .style = Style::bold},
                 {.text = entry.subject},
                 {.text = describe(difference_of(entry))},
                 {.text = entry.actor.via}});
    }
    return print_table(context, table);
  }

  AuditQuery query_;
  TimeRangeFlags range_;
  int limit_ = changes_at_once;
  std::optional<int> before_;
};

}  // namespace

std::unique_ptr<Command> make_audit() {
  return std::make_unique<Audit>();
}

}  // namespace thig

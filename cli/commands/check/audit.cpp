#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/flags/time_range.h"
#include "cli/views/render.h"
#include "core/documents/json_difference.h"

#include <limits>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr int changes_at_once = 50;

class Audit final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Every change of webhooks, members, event types and settings, newest first: who, when, "
        "what, before and after. Secrets are never in it. What has no member was done by "
        "thig-hooks itself, which disables webhooks that keep failing. When piped, a line is: "
        "number, time, member, role, action, subject, changes; separated by tabs.");
    flags.example("thig-hooks audit", "See what was changed last");
    flags.example("thig-hooks audit crm", "See what was changed of one webhook");
    flags.example("thig-hooks audit --since 7d --actor ann", "See what a member changed this week");
    flags.example("thig-hooks audit --json | jq -r '.[] | select(.action == \"member.add\")'",
                  "See who was made a member");
    flags
        .positional("SUBJECT", filter_.subject,
                    "Only changes of what had that name: a webhook, member, event type")
        .required = false;
    flags.text("--actor", "MEMBER", filter_.actor, "Only changes by this member");
    range_.declare(flags, "Only changes made");
    flags.number("--limit", "N", limit_, 1, 10'000, "How many at most");
    flags.number("--before", "NUMBER", before_, 1, std::numeric_limits<int>::max(),
                 "Go on after this one, the last of the page before");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(range, range_.read(context.now()));
    filter_.since = range.since;
    filter_.until = range.until;
    THIG_TRY_ASSIGN(store, context.store_if_any());
    std::vector<AuditEntry> entries;
    if (store) {
      filter_.before = before_;
      filter_.limit = static_cast<std::size_t>(limit_) + 1;
      THIG_TRY_ASSIGN(found, store->config().audit(filter_));
      entries = std::move(found);
    }
    const bool more = entries.size() > static_cast<std::size_t>(limit_);
    if (more) entries.pop_back();
    if (context.json()) {
      write_json(context, entries);
    } else {
      write_table(context, entries);
    }
    THIG_TRY(context.out().flush());
    if (more) {
      context.note("there are more: " + next_command(context, entries.back().number));
    }
    if (store && entries.empty()) context.note("no changes");
    return ExitCode::done;
  }

 private:
  std::string next_command(const Context& context, std::int64_t after) const {
    ShellCommand next("thig-hooks audit");
    if (!filter_.actor.empty()) next.flag("--actor", filter_.actor);
    repeat({.since = filter_.since, .until = filter_.until}, next);
    if (limit_ != changes_at_once) next.flag("--limit", std::to_string(limit_));
    next.flag("--before", std::to_string(after)).words(context.flags_to_repeat());
    if (!filter_.subject.empty()) next.positional(filter_.subject);
    return next.text();
  }

  static void write_json(Context& context, const std::vector<AuditEntry>& entries) {
    JsonWriter json;
    json.begin_array();
    for (const AuditEntry& entry : entries) {
      json.begin_object().key("number").number(entry.number);
      write_time(json, "time", entry.at);
      write_text_or_null(json, "member", entry.actor.name);
      write_text_or_null(json, "role", role_of(entry));
      json.key("action").text(entry.action).key("subject").text(entry.subject);
      for (auto [name, side] : {std::pair{"before", &entry.before}, {"after", &entry.after}}) {
        json.key(name);
        // What stands in the database is not believed to be JSON.
        side->empty() || !check_json(*side) ? json.null() : json.raw(*side);
      }
      json.end_object();
    }
    context.out().line(json.end_array().take());
  }

  static void write_table(Context& context, const std::vector<AuditEntry>& entries) {
    if (entries.empty()) return;
    using enum Column::Where;
    Table table({{.header = "number", .where = piped},
                 {.header = "TIME"},
                 {.header = "MEMBER", .shrinks = true},
                 {.header = "role", .where = piped},
                 {.header = "ACTION"},
                 {.header = "SUBJECT", .shrinks = true},
                 {.header = "CHANGES", .shrinks = true, .least = 20}});
    for (const AuditEntry& entry : entries) {
      const bool sound = (entry.before.empty() || check_json(entry.before)) &&
                         (entry.after.empty() || check_json(entry.after));
      table.row(
          {{.text = std::to_string(entry.number)},
           time_cell(entry.at, context.now()),
           entry.actor.name.empty() ? Cell{.text = "-", .piped = ""}
                                    : Cell{.text = entry.actor.name},
           {.text = std::string(role_of(entry))},
           {.text = entry.action, .style = Style::bold},
           {.text = entry.subject},
           {.text = sound ? describe(JsonDifference{entry.before, entry.after}) : std::string()}});
    }
    print_table(context, table);
  }

  static std::string_view role_of(const AuditEntry& entry) {
    return entry.actor.name.empty() ? std::string_view() : to_text(entry.actor.role);
  }

  AuditFilter filter_;
  TimeRangeFlags range_;
  int limit_ = changes_at_once;
  std::optional<int> before_;
};

}  // namespace

std::unique_ptr<Command> make_audit() {
  return std::make_unique<Audit>();
}

}  // namespace thig

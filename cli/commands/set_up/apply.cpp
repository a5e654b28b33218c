#include "core/setup/apply.h"

#include "cli/app/command.h"
#include "cli/commands/set_up/set_up.h"
#include "cli/files/input.h"
#include "cli/files/secret_folder.h"
#include "cli/terminal/confirm.h"
#include "cli/views/render.h"
#include "core/api/setup_view.h"
#include "core/api/setup_wording.h"
#include "core/base/codec.h"
#include "core/rules/incoming_rules.h"
#include "core/setup/incoming_webhooks.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace thig {
namespace {

using Plan = std::vector<PlannedChange>;

constexpr std::size_t longest_secret_file = 64u << 10;

Style style_of(PlanStep step) {
  switch (step) {
    case PlanStep::create:
      return Style::good;
    case PlanStep::change:
      return Style::warn;
    case PlanStep::remove:
      return Style::bad;
  }
  return Style::plain;
}

std::int64_t count(const Plan& plan, PlanStep step) {
  return std::ranges::count(plan, step, &PlannedChange::step);
}

class Apply final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "FILE is what `thig-hooks export` writes: webhooks of both kinds, your own event types, "
        "members and settings. Missing ones are created, different ones are changed, and with "
        "--prune those that are not in the file are removed, for the kinds it lists. Either all of "
        "it is applied or nothing; a second time changes nothing.");
    flags.about(
        "Webhooks are matched by name. A setting that is not in the file gets its default; "
        "secrets, URLs of incoming webhooks, values of extra headers, signature and isActive keep "
        "their current values. New secrets and URLs are printed once, in the last column.");
    flags.about(
        "Instead of a secret the file may say where to find it: {\"file\": \"crm.secret\"} (a "
        "relative path is relative to the file) or {\"env\": \"CRM_SECRET\"}. The same holds for "
        "`token`, the end of the URL of an incoming webhook, which `thig-hooks export "
        "--with-secrets` writes: with it, the URL is the same on another machine. An outgoing "
        "secret or a URL that is replaced remains valid for 24 hours; the secret of an incoming "
        "webhook is replaced at once.");
    flags.about(
        "Only Owners change members: roles in the file are given, members that are not in it are "
        "left alone without --prune, and the last Owner cannot lose the role. `settings` may "
        "contain `publicUrl`, the public base URL of `thig-hooks serve-incoming`; null is the "
        "default. `thig-hooks export --schema` prints a JSON Schema of the file.");
    flags.example("thig-hooks apply webhooks.json --dry-run", "Show the plan: what would change");
    flags.example("thig-hooks apply webhooks.json --dry-run --exit-code",
                  "Fail a pipeline if the configuration has drifted from the file");
    flags.example("thig-hooks apply webhooks.json --prune --yes", "Apply it, from a script");
    flags.example("thig-hooks export --with-secrets | thig-hooks --db other.db apply -",
                  "Copy the configuration to another installation");
    flags.positional("FILE", file_, "Configuration file (JSON); - for standard input");
    flags.toggle("--prune", options_.prune, "Remove what is not in the file");
    flags.toggle("--dry-run", options_.dry_run, "Show the plan; change nothing");
    flags.toggle("--exit-code", exit_code_,
                 "Exit 1 if there are changes (made, or planned with --dry-run), 0 if none");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
    flags.text(
        "--secret-out", "DIR", secret_folder_,
        "Write new secrets to DIR/NAME.secret and URLs to DIR/NAME.url instead "
        "(0600), also for existing webhooks whose file is missing, and all URLs if publicUrl "
        "has changed");
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(text, read_input(context, file_, longest_setup_document, "FILE"));
    auto document = read_setup_document(
        text, [&](const SecretSource& source) { return read_secret_from(context, source); });
    if (!document) {
      Error error = std::move(document).error();
      error.text = fmt::format("{}: {}", file_ == "-" ? "standard input" : file_, error.text);
      return std::unexpected(std::move(error));
    }
    THIG_TRY_ASSIGN(store, open(context));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    if (options_.prune && !options_.dry_run && !yes_) {
      THIG_TRY_ASSIGN(agreed, ask(context, *store, actor, *document));
      if (!agreed) {
        context.note("no changes");
        return ExitCode::no;
      }
    }
    std::optional<SecretFolder> folder;
    if (secret_folder_ && options_.dry_run) {
      THIG_TRY(SecretFolder::check(*document));
    } else if (secret_folder_) {
      THIG_TRY_ASSIGN(made, SecretFolder::open(*secret_folder_, *document, context.random()));
      folder.emplace(std::move(made));
    }
    auto applied = apply_setup(store->config(), store->incoming(), context.clock(),
                               context.random(), actor, *document, options_);
    if (!applied) return std::unexpected(said_of_file(std::move(applied).error()));
    const Plan& plan = *applied;
    THIG_TRY_ASSIGN(base, public_url_of(store->config(), std::nullopt));

    if (folder) {
      THIG_TRY_ASSIGN(written, folder->write(context, *store, actor, *document, plan, base));
      if (written > 0) {
        context.note(
            fmt::format("{} written to {}", count_of(written, "file", "files"), folder->path()));
      }
    }
    if (context.json()) {
      const auto of = [&](const PlannedChange& change) { return shown(change, base); };
      context.out().line(plan_document(plan, options_.dry_run, of));
    } else {
      write_plan(context, plan, base);
    }
    THIG_TRY(context.out().flush());
    tell(context, plan);
    return exit_code_ && !plan.empty() ? ExitCode::no : ExitCode::done;
  }

 private:
  // What to do about it is done in the file.
  static Error said_of_file(Error error) {
    error.hint = Remark(setup_wording().text(error.hint));
    return error;
  }

  // Where there is no database yet, a dry run has one of its own, which goes with it.
  Result<Store*> open(Context& context) {
    THIG_TRY_ASSIGN(exists, context.database_exists());
    if (exists) return context.store(StoreUse::write);
    if (!options_.dry_run) return context.store(StoreUse::create);
    THIG_TRY_ASSIGN(scratch, ScratchStore::make(context.os_user().name, context.random()));
    context.note("there is no database yet");
    scratch_ = std::move(scratch);
    return &scratch_->store();
  }

  Result<std::string> read_secret_from(Context& context, const SecretSource& source) const {
    if (source.kind == SecretSource::Kind::environment) {
      if (auto value = context.environment().get(source.name)) return *value;
      return fail(ErrorCode::invalid, fmt::format("the variable {} is not set", source.name));
    }
    const bool beside = file_ != "-" && !source.name.starts_with('/');
    const std::string file =
        beside ? folder_of(absolute_path(file_)) + "/" + source.name : source.name;
    THIG_TRY_ASSIGN(text, read_trusted_input(context, file, longest_secret_file, "secret"));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
  }

  // Only what cannot be undone is asked about.
  Result<bool> ask(Context& context, Store& store, const Member& actor,
                   const SetupDocument& document) const {
    ApplyOptions preview = options_;
    preview.dry_run = true;
    THIG_TRY_ASSIGN(plan, apply_setup(store.config(), store.incoming(), context.clock(),
                                      context.random(), actor, document, preview));
    std::string names;
    bool webhooks = false;
    for (const PlannedChange& change : plan) {
      if (change.step != PlanStep::remove) continue;
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", to_text(change.kind), change.name);
      webhooks |= change.kind == SetupKind::outgoing || change.kind == SetupKind::incoming;
    }
    if (names.empty()) return true;
    return confirm(context, fmt::format("Remove {}{}?", names,
                                        webhooks ? ", with pending deliveries and history" : ""));
  }

  // What is to be shown once: the secret of an outgoing webhook, the URL of an incoming one.
  std::string shown(const PlannedChange& change, const std::string& base) const {
    if (change.made.empty() || options_.dry_run || secret_folder_) return {};
    return change.kind == SetupKind::incoming ? incoming_url(base, change.made) : change.made;
  }

  // A line for each value: what it was, and what it is now.
  void write_difference(Context& context, const PlannedChange& change,
                        const std::string& base) const {
    const std::string_view sign = change.step == PlanStep::create   ? "+"
                                  : change.step == PlanStep::remove ? "-"
                                                                    : "~";
    const bool colour = context.out_colour();
    context.out().line(
        paint(fmt::format("{} {} {}", sign, to_text(change.kind), printable(change.name)),
              style_of(change.step), colour));
    if (change.step == PlanStep::remove) return;
    for (const ChangedMember& member : changed_members(change.difference)) {
      if (change.step == PlanStep::create) {
        context.out().line(
            fmt::format("    {}: {}", printable(member.name), printable(member.after)));
      } else {
        context.out().line(fmt::format("    {}: {} → {}", printable(member.name),
                                       printable(member.before), printable(member.after)));
      }
    }
    const std::string made = shown(change, base);
    if (made.empty()) return;
    context.out().line(fmt::format("    {}: {}",
                                   change.kind == SetupKind::incoming ? "URL" : "secret",
                                   paint(made, Style::bold, colour)));
  }

  void write_plan(Context& context, const Plan& plan, const std::string& base) const {
    if (!context.for_eyes()) return write_table(context, plan, base);
    for (const PlannedChange& change : plan) write_difference(context, change, base);
  }

  void write_table(Context& context, const Plan& plan, const std::string& base) const {
    if (plan.empty()) return;
    Table table({{.header = "STEP"},
                 {.header = "KIND"},
                 {.header = "NAME"},
                 {.header = "CHANGES", .shrinks = true, .optional = true, .least = 20},
                 {.header = "SECRET OR URL"}});
    for (const PlannedChange& change : plan) {
      const bool whole = change.step != PlanStep::change;
      table.row({{.text = std::string(to_text(change.step)), .style = style_of(change.step)},
                 {.text = std::string(to_text(change.kind))},
                 {.text = change.name, .style = Style::bold},
                 {.text = whole ? std::string() : describe(change.difference)},
                 {.text = shown(change, base)}});
    }
    print_outcome(context, table);
  }

  void tell(Context& context, const Plan& plan) const {
    if (plan.empty()) {
      context.note("no changes: everything matches the file");
      return;
    }
    context.note(fmt::format("{}{} created, {} changed, {} removed",
                             options_.dry_run ? "dry run: would be " : "",
                             count(plan, PlanStep::create), count(plan, PlanStep::change),
                             count(plan, PlanStep::remove)));
    const bool secrets = std::ranges::any_of(plan, [](const auto& c) { return !c.made.empty(); });
    if (secrets && !options_.dry_run && !secret_folder_) {
      context.note("store the secrets and URLs now: they are not shown again");
    }
  }

  std::string file_;
  ApplyOptions options_;
  bool yes_ = false;
  bool exit_code_ = false;
  std::optional<std::string> secret_folder_;
  std::unique_ptr<ScratchStore> scratch_;
};

}  // namespace

std::unique_ptr<Command> make_apply() {
  return std::make_unique<Apply>();
}

}  // namespace thig

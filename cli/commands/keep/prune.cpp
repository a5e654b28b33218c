#include "cli/app/command.h"
#include "cli/commands/keep/keep.h"
#include "cli/flags/retention_flags.h"
#include "cli/log/journal.h"
#include "cli/terminal/confirm.h"
#include "cli/terminal/progress.h"
#include "cli/views/render.h"
#include "core/api/care_view.h"
#include "core/base/size.h"
#include "core/care/keeping.h"

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::uint64_t bar_steps = 1'000;

class Prune final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Deletes history: events whose deliveries have all ended, with those deliveries and their "
        "attempts, requests that came in and have ended, and figures per hour. First what is older "
        "than --keep, then the oldest while the database holds more than --max-size; the file gets "
        "smaller with it. An event that still has a pending delivery stays, with all that has come "
        "of it. Dead and missed deliveries that go cannot be recovered any more; total counts "
        "stay.");
    flags.about(
        "`run` and `deliver` do the same by the way, by the same settings, so this is for other "
        "limits, or for at once. It may be used at any time beside them, and be interrupted.");
    flags.example("thig-hooks prune --dry-run", "See what would go");
    flags.example("thig-hooks prune --keep 7d --yes", "Keep a week");
    flags.example("thig-hooks prune --keep off --max-size 500MiB --yes", "Keep 500 MiB of history");
    settings_.declare(flags);
    flags.toggle("--dry-run", dry_run_, "Count what would go; delete nothing");
    flags.toggle("--yes", yes_, "Do not ask");
  }

  Result<ExitCode> run(Context& context) override {
    if (!settings_.retention.limited()) {
      return fail(ErrorCode::usage, "with --keep and --max-size both off there is nothing to do");
    }
    THIG_TRY_ASSIGN(store, context.store(dry_run_ ? StoreUse::read : StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    if (dry_run_) {
      THIG_TRY_ASSIGN(before, store->maintenance().database_size());
      THIG_TRY_ASSIGN(counts, count(context, *store));
      THIG_TRY(show_dry_run(context, counts, before));
      return ExitCode::done;
    }
    THIG_TRY_ASSIGN(pruner, prune_by_hand(store->maintenance(), actor, settings_.retention));
    THIG_TRY_ASSIGN(before, store->maintenance().database_size());
    if (!yes_) {
      THIG_TRY_ASSIGN(agreed, ask(context, *store));
      if (!agreed) {
        context.note("nothing was changed");
        return ExitCode::no;
      }
    }
    return prune(context, *store, pruner, before);
  }

 private:
  Result<PruneCounts> count(Context& context, Store& store) const {
    Progress progress(context, true, "looking at history", bar_steps);
    return count_prunable(store.maintenance(), settings_.retention, context.now(),
                          [&](double share) {
                            progress.update(static_cast<std::uint64_t>(share * bar_steps));
                            return !context.stop().requested();
                          });
  }

  Result<bool> ask(Context& context, Store& store) const {
    if (!context.can_ask()) return confirm(context, "");
    THIG_TRY_ASSIGN(counts, count(context, store));
    return confirm(context,
                   fmt::format("Delete {} ({})?", describe(settings_.retention), describe(counts)));
  }

  Result<ExitCode> prune(Context& context, Store& store, Pruner& pruner,
                         const DatabaseSize& before) const {
    {
      Progress progress(context, true, "deleting history", bar_steps);
      for (bool more = true; more;) {
        if (context.stop().requested()) {
          progress.end();
          return fail(ErrorCode::interrupted,
                      fmt::format("interrupted after {}; the rest is still there",
                                  describe(pruner.gone())));
        }
        const Time now = context.now();
        THIG_TRY_ASSIGN(some, pruner.step(now));
        more = some;
        progress.update(
            static_cast<std::uint64_t>(pruner.progress(now) * static_cast<double>(bar_steps)));
      }
    }
    // The next checkpoint would do it as well, whenever that is.
    if (!pruner.gone().empty()) static_cast<void>(clear_journal(context, store));
    THIG_TRY_ASSIGN(after, store.maintenance().database_size());
    if (context.json()) context.out().line(prune_document(pruner.gone(), before, after));
    context.note(fmt::format("deleted {}; the database holds {}", describe(pruner.gone()),
                             format_size(after.used)));
    if (pruner.still_too_large()) {
      context.warn(
          "what it holds is pending, configuration, projects or idempotency keys of the last 24 "
          "hours: none of it is history");
    }
    return ExitCode::done;
  }

  static Status show_dry_run(Context& context, const PruneCounts& counts,
                             const DatabaseSize& before) {
    if (context.json()) {
      context.out().line(prune_document(counts, before, std::nullopt));
      return {};
    }
    Table table({{.header = "WHAT"}, {.header = "COUNT", .right = true}});
    const auto row = [&](std::string_view what, std::int64_t count) {
      table.row({{.text = std::string(what)}, {.text = std::to_string(count)}});
    };
    row("events", counts.events);
    row("deliveries", counts.deliveries);
    row("earlier attempts", counts.attempts);
    row("received requests", counts.requests);
    THIG_TRY(print_table(context, table));
    context.note(fmt::format("dry run: about {} of {}; nothing was deleted",
                             format_size(std::min(counts.bytes, before.used)),
                             format_size(before.used)));
    return {};
  }

  RetentionFlags settings_;
  bool dry_run_ = false;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> make_prune() {
  return std::make_unique<Prune>();
}

}  // namespace thig

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
#include "core/care/operations.h"

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::uint64_t bar_steps = 1'000;

class Prune final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Deletes history: events whose deliveries have all ended (with those deliveries and their "
        "attempts), completed requests, and hourly statistics. First it deletes what is older than "
        "--keep, then the oldest history until the database is smaller than --max-size; the file "
        "shrinks too. An event with a pending delivery is kept completely. Deleted dead and missed "
        "deliveries cannot be recovered; total counts remain.");
    flags.about(
        "`run` and `deliver` apply the same retention settings automatically. Use prune for other "
        "limits, or to delete at once. It is safe to run beside them and to interrupt.");
    flags.example("thig-hooks prune --dry-run", "Show what would be deleted");
    flags.example("thig-hooks prune --keep 7d --yes", "Keep one week of history");
    flags.example("thig-hooks prune --keep off --max-size 500MiB --yes", "Keep 500 MiB of history");
    settings_.declare(flags);
    flags.toggle("--dry-run", dry_run_, "Count what would be deleted; delete nothing");
    flags.toggle("--yes", yes_, "Do not ask for confirmation");
  }

  Result<ExitCode> run(Context& context) override {
    if (!settings_.retention.limited()) {
      return fail(ErrorCode::usage,
                  "with --keep and --max-size both off there is nothing to prune");
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
        context.note("nothing was deleted");
        return ExitCode::no;
      }
    }
    return prune(context, *store, pruner, before);
  }

 private:
  Result<PruneCounts> count(Context& context, Store& store) const {
    Progress progress(context, true, "scanning history", bar_steps);
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
                      fmt::format("interrupted after {}; run it again to continue",
                                  describe(pruner.gone())));
        }
        const Time now = context.now();
        THIG_TRY_ASSIGN(some, pruner.step(now));
        more = some;
        progress.update(
            static_cast<std::uint64_t>(pruner.progress(now) * static_cast<double>(bar_steps)));
      }
    }
    static_cast<void>(note_pruning(store.config(), pruner.gone(), context.now()));
    // The next checkpoint would do it as well, whenever that is.
    if (!pruner.gone().empty()) static_cast<void>(clear_journal(context, store));
    THIG_TRY_ASSIGN(after, store.maintenance().database_size());
    if (context.json()) context.out().line(prune_document(pruner.gone(), before, after));
    context.note(fmt::format("deleted {}; the database holds {}", describe(pruner.gone()),
                             format_size(after.used)));
    if (pruner.still_too_large()) {
      context.warn(
          "the rest is not history: pending deliveries, configuration, projects, and idempotency "
          "keys of the last 24 hours");
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

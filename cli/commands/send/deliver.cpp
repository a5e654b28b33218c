#include "cli/app/command.h"
#include "cli/commands/send/send.h"
#include "cli/flags/log_flags.h"
#include "cli/flags/proxy_flags.h"
#include "cli/flags/retention_flags.h"
#include "cli/log/background_log.h"
#include "cli/log/dispatch_log.h"
#include "cli/terminal/progress.h"
#include "cli/views/recovery_view.h"
#include "cli/views/render.h"
#include "core/api/due_deliveries.h"
#include "core/api/log_lines.h"
#include "core/care/clock_watch.h"
#include "core/care/operations.h"
#include "core/dispatch/loop.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// After each sweep: so long, or half of the sweep's own time; what is left goes after the next.
constexpr Millis pruning_time{200};
// On a terminal, of no more than so many each attempt gets a line.
constexpr std::uint64_t few = 10;

class Deliver final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Attempts every delivery that is due now once, then exits. It is safe to run at any time "
        "and as often as you like: if another process is already delivering, it says so and exits "
        "0. At the end it prunes some old history.");
    flags.about(
        "On a terminal it shows how many of the due deliveries were attempted, the rate, the time "
        "left, how many failed, and a line for each failed attempt; with -v, or if no more than 10 "
        "are due, for each attempt.");
    flags.about(
        "With -q it prints one line if something was lost: deliveries that died, webhooks that "
        "fail or were disabled. cron mails that line.");
    flags.example("* * * * * thig-hooks deliver -q", "Deliver every minute, from cron");
    flags.example("thig-hooks deliver --dry-run", "List due deliveries");
    flags.example("thig-hooks deliver --json | jq -r 'select(.ok == false) | .error'",
                  "Print why attempts failed");
    flags.toggle("--dry-run", dry_run_, "List due deliveries; send nothing");
    flags.toggle("--fail-on-failure", fail_on_failure_, "Exit 1 if an attempt failed");
    flags.toggle("--fail-on-dead", fail_on_dead_,
                 "Exit 1 if a delivery died: its retries are exhausted");
    log_.declare(flags);
    settings_.declare(flags);
    proxy_.declare(flags);
    retention_.declare(flags);
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(exists, context.database_exists());
    if (!exists || dry_run_) {
      THIG_TRY_ASSIGN(store, context.store_if_any());
      if (store) THIG_TRY(list_due(context, *store));
      return ExitCode::done;
    }
    context.keep_log(log_.settings(), LogIs::answer);
    THIG_TRY_ASSIGN(proxy, proxy_.read(context));
    if (proxy) context.explain(describe(*proxy));
    // An older database is upgraded first: that a program of before is delivering is no answer
    // then.
    THIG_TRY(context.store(StoreUse::write));
    THIG_TRY_ASSIGN(paths, context.paths());
    const bool tell = (context.out().terminal() && !context.quiet()) || context.verbose();
    DispatchLog log(context, tell ? DispatchLog::Attempts::told : DispatchLog::Attempts::counted);
    if (context.quiet()) log.sum_up_losses();
    DispatchOptions options = settings_.options();
    options.sweep = true;
    auto dispatching = Dispatching::open(paths, context.os_user().name, nullptr, options, proxy,
                                         log, context.random());
    if (!dispatching) {
      const auto owner = dispatching_pid(paths);
      if (dispatching.error().code != ErrorCode::busy || !owner) {
        return std::unexpected(std::move(dispatching).error());
      }
      context.note(fmt::format("process {} is already delivering; nothing to do", *owner));
      return ExitCode::done;
    }
    return sweep_once(context, **dispatching, log);
  }

 private:
  Result<ExitCode> sweep_once(Context& context, Dispatching& dispatching, DispatchLog& log) {
    THIG_TRY(log_in_background(context, LogIs::answer));
    const Stop::Listener listener(context.stop(), dispatching.waker());
    const Millis began = context.clock().now().steady;
    LoopEnd end;
    {
      // Among JSON on a terminal it would be in the way.
      const bool wanted = !context.json() || !context.out().terminal();
      Progress progress(context, wanted, "", 0, Progress::Beside::lines);
      std::uint64_t due = 0;
      if (progress.shown()) {
        THIG_TRY_ASSIGN(count, count_due(context));
        due = count;
        if (due > few && !context.verbose()) log.tell(DispatchLog::Attempts::failures_told);
      }
      log.on_attempt = [&](const DispatchCounts& counts) {
        due = std::max(due, counts.attempts);  // more has come due meanwhile
        progress.expect(due);
        progress.update(counts.attempts, [&] {
          return describe_progress(counts, due, context.clock().now().steady - began);
        });
      };
      log.before_line = [&progress](Output& stream) { progress.make_room(stream); };
      end = sweep(loop_parts(context, dispatching, log), settings_.grace);
      log.flush();
      log.on_attempt = nullptr;
      log.before_line = nullptr;
    }
    if (end.fatal) return std::unexpected(std::move(*end.fatal));
    if (end.stopped) {
      return fail(ErrorCode::interrupted, fmt::format("interrupted after {}; the rest remains due",
                                                      describe(log.counts())));
    }
    if (log.blocked_by()) {
      Error error = *log.blocked_by();
      error.text =
          fmt::format("not all could be sent ({}): {}", describe(log.counts()), error.text);
      return std::unexpected(std::move(error));
    }
    if (log.counts().retries > 0) {
      // A figure that nobody misses.
      static_cast<void>(note_retries(dispatching.store().config(),
                                     static_cast<std::int64_t>(log.counts().retries)));
    }
    prune(context, dispatching.store(), log.counts(), context.clock().now().steady - began);
    THIG_TRY(end_log(context, LogIs::answer));
    THIG_TRY(tell_outcome(context, dispatching.store(), log.counts()));
    if (context.quiet() && !context.json() && !log.losses().empty()) {
      context.warn(describe(log.losses(), log.counts().dead));
    }
    const bool no =
        (fail_on_failure_ && log.counts().failed > 0) || (fail_on_dead_ && log.counts().dead > 0);
    return no ? ExitCode::no : ExitCode::done;
  }

  // With what was due and had to wait.
  static Status tell_outcome(Context& context, Store& store, const DispatchCounts& counts) {
    std::vector<std::string> paused;
    const Time now = context.now();
    const DueVisitor visitor{
        .held =
            [&](const EndpointSummary& webhook, const WebhookHold& hold) {
              if (hold.why == WebhookHold::Why::paused) {
                paused.push_back(describe_pause(webhook, hold, now));
              }
            },
        .due = [](const EndpointSummary&, std::span<const QueuedDelivery>) -> Result<bool> {
          return false;
        }};
    if (!context.quiet()) THIG_TRY(visit_due(store, now, visitor));
    if (counts.attempts > 0) {
      context.note(describe(counts));
    } else {
      context.note(paused.empty() ? "no deliveries due" : "nothing was sent");
    }
    for (const std::string& text : paused) context.note(text);
    return {};
  }

  // "500/1000, 120/s, 4 s left, 3 failed".
  static std::string describe_progress(const DispatchCounts& counts, std::uint64_t due,
                                       Millis elapsed) {
    return fmt::format("{}, {} failed", describe_pace(counts.attempts, due, elapsed),
                       counts.failed);
  }

  static Result<std::uint64_t> count_due(Context& context) {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    const DueVisitor visitor{
        .held = [](const EndpointSummary&, const WebhookHold&) {},
        .due = [&](const EndpointSummary&, std::span<const QueuedDelivery>) -> Result<bool> {
          return !context.stop().requested();
        }};
    THIG_TRY_ASSIGN(due, visit_due(*store, context.now(), visitor));
    return static_cast<std::uint64_t>(due);
  }

  // It is no part of what was asked for, so that it never makes a sweep fail.
  void prune(Context& context, Store& store, const DispatchCounts& swept, Millis took) const {
    if (!clock_allows_pruning(context, store)) return;
    Pruner pruner(store.maintenance(), retention_.retention, {.keep_free_pages = true});
    const auto more = prune_for(pruner, context.clock(), std::max(pruning_time, took / 2));
    const auto delivered = static_cast<std::int64_t>(swept.delivered);
    if (!more) {
      context.warn(fmt::format("could not prune old history: {}", more.error().text));
    } else if (*more && pruner.walking() && pruner.gone().deliveries < delivered) {
      context.warn(falls_behind(retention_.retention));
    }
    if (more) {
      static_cast<void>(note_pruning(store.config(), pruner.gone(), context.now()));
    }
    if (!pruner.gone().empty()) {
      context.explain(fmt::format("pruned {}", describe(pruner.gone())));
    }
  }

  static bool clock_allows_pruning(Context& context, Store& store) {
    const auto plausible = is_clock_plausible(store.config(), context.clock());
    if (plausible && *plausible) return true;
    context.note(plausible ? std::string(implausible_clock)
                           : fmt::format("old history was not pruned: {}", plausible.error().text));
    return false;
  }

  static Status list_due(Context& context, Store& store) {
    const Time now = context.now();
    const DueVisitor visitor{
        .held =
            [&](const EndpointSummary& endpoint, const WebhookHold& hold) {
              context.note(
                  hold.why == WebhookHold::Why::paused
                      ? describe_pause(endpoint, hold, now)
                      : fmt::format("{} is disabled; its deliveries wait until you enable it",
                                    endpoint.name));
            },
        .due =
            [&](const EndpointSummary& endpoint, std::span<const QueuedDelivery> rows) {
              return write(context, endpoint, rows);
            }};
    THIG_TRY_ASSIGN(due, visit_due(store, now, visitor));
    context.note(fmt::format("dry run: {} due; nothing was sent",
                             count_of(due, "delivery is", "deliveries are")));
    return {};
  }

  // False if nobody reads it any more.
  static Result<bool> write(Context& context, const EndpointSummary& endpoint,
                            std::span<const QueuedDelivery> rows) {
    if (context.stop().requested()) return fail(ErrorCode::interrupted, "interrupted");
    if (context.out().gone()) return false;
    for (const QueuedDelivery& row : rows) write_row(context, endpoint, row);
    THIG_TRY(context.out().flush());
    return true;
  }

  static void write_row(Context& context, const EndpointSummary& endpoint,
                        const QueuedDelivery& row) {
    if (context.json()) {
      context.out().line(due_line(row, endpoint));
      return;
    }
    Table table({{"due"}, {"id"}, {"webhook"}, {"event"}, {"attempt"}});
    table.row({{.text = format_rfc3339(row.due_at)},
               {.text = to_text(row.id)},
               {.text = endpoint.name},
               {.text = row.event_type},
               {.text = std::to_string(row.attempts_made + 1)}});
    context.out().write(table.tab_separated());
  }

  bool dry_run_ = false;
  bool fail_on_failure_ = false;
  bool fail_on_dead_ = false;
  LogFlags log_;
  DispatchFlags settings_;
  ProxyFlags proxy_;
  RetentionFlags retention_;
};

}  // namespace

std::unique_ptr<Command> make_deliver() {
  return std::make_unique<Deliver>();
}

}  // namespace thig

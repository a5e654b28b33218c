#include "cli/app/command.h"
#include "cli/app/hangup.h"
#include "cli/commands/send/send.h"
#include "cli/flags/log_flags.h"
#include "cli/flags/proxy_flags.h"
#include "cli/flags/retention_flags.h"
#include "cli/log/background_log.h"
#include "cli/log/dispatch_log.h"
#include "cli/log/event_command.h"
#include "cli/views/render.h"
#include "core/api/log_lines.h"
#include "core/care/clock_watch.h"
#include "core/care/operations.h"
#include "core/dispatch/loop.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr Millis between_looks = std::chrono::minutes(1);  // at the clock

// Beside deliveries: history is pruned, and configuration read again when that is asked for.
class Chores final : public IdleTask {
 public:
  Chores(Context& context, Hangup& hangup, Store& store, const Retention& retention,
         const DispatchCounts& counts)
      : context_(context), store_(store), hangup_(hangup), counts_(counts) {
    prune_by(retention);
  }

  std::function<void()> on_reload;
  std::function<void()> mind;  // what others have to tell

  void prune_by(const Retention& retention) {
    prunes_ = retention.limited();
    pruner_.emplace(store_.maintenance(), retention, context_.clock(),
                    pruning_reports(context_, retention, store_.config()));
  }

  // What was retried since the last time; a figure that nobody misses.
  void note_retries_made() {
    if (counts_.retries == noted_) return;
    const auto fresh = static_cast<std::int64_t>(counts_.retries - noted_);
    if (note_retries(store_.config(), fresh)) noted_ = counts_.retries;
  }

  Millis turn(Instant now, bool idle) override {
    if (hangup_.reload_wanted()) on_reload();
    mind();
    if (now.steady >= next_note_) {
      next_note_ = now.steady + between_looks;
      note_retries_made();
    }
    // Nor may it sleep for longer than its beats may be apart.
    return std::min(prune(now, idle), context_.supervisor().beat_every().value_or(Millis::max()));
  }

 private:
  Millis prune(Instant now, bool idle) {
    if (prunes_ && !clock_is_plausible(now)) return next_look_ - now.steady;
    return pruner_->turn(now, idle);
  }

  // Looked at once a minute, and told when it changes for the worse. What cannot be read is the
  // pruner's to tell.
  bool clock_is_plausible(Instant now) {
    if (now.steady < next_look_) return plausible_;
    next_look_ = now.steady + between_looks;
    const auto plausible = is_clock_plausible(store_.config(), context_.clock());
    if (!plausible) return plausible_;
    if (plausible_ && !*plausible) context_.warn(implausible_clock);
    plausible_ = *plausible;
    return plausible_;
  }

  Context& context_;
  Store& store_;
  Hangup& hangup_;
  std::optional<BackgroundPruner> pruner_;
  bool prunes_ = true;
  bool plausible_ = true;
  Millis next_look_{0};
  const DispatchCounts& counts_;
  std::uint64_t noted_ = 0;  // retries
  Millis next_note_{0};
};

class Run final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Delivers events as they are emitted and retries failures, until SIGTERM or Ctrl-C; then "
        "it finishes the attempts in progress and exits 0. One process delivers for a database: a "
        "second one exits 75, or waits with --standby. It prunes old history as it runs. SIGHUP "
        "reloads configuration files, keys and certificates, without interrupting attempts. A log "
        "that nobody reads, or that cannot be written, loses log lines but never delays "
        "deliveries. With -v it reports once a minute what limits throughput: a receiver, a "
        "webhook's window or rate, the limit for all webhooks, the database, or the CPU.");
    flags.example("thig-hooks run", "Deliver, with a log line for each attempt");
    flags.example("thig-hooks run --json >> /var/log/thig-hooks.jsonl",
                  "Log attempts as JSON Lines");
    flags.example("thig-hooks run --standby", "Take over when the process that delivers now ends");
    flags.toggle("--standby", standby_, "Wait while another process delivers for this database");
    log_.declare(flags);
    settings_.declare(flags);
    proxy_.declare(flags);
    retention_.declare(flags);
    flags.file_setting(
        "run.onEvent", "FILE", on_event_,
        "The program that is run when a webhook fails, is paused, disabled or works "
        "again, or when a delivery died: at most once a minute for each webhook, for "
        "30 seconds at most. It gets THIG_HOOKS_EVENT (failing, paused, disabled, "
        "recovered, died), THIG_HOOKS_WEBHOOK and THIG_HOOKS_TEXT in its "
        "environment, and the same as a line of JSON on its standard input");
  }

  Result<ExitCode> run(Context& context) override {
    context.keep_log(log_.settings(), LogIs::record);
    Hangup hangup(context);
    if (on_event_) THIG_TRY(EventCommand::check(*on_event_));
    THIG_TRY_ASSIGN(proxy, proxy_.read(context));
    used_proxy_ = proxy;
    THIG_TRY_ASSIGN(paths, context.paths());
    // Says where it is made, and what an upgrade has done; what dispatches opens it again.
    THIG_TRY(context.store(StoreUse::create));
    const auto owner = dispatching_pid(paths);
    if (standby_ && owner) {
      context.note(fmt::format("waiting for process {}, which delivers for {}", *owner,
                               paths.database.name()));
      // It is up, and what systemd starts after it need not wait until the other one ends.
      context.supervisor().ready();
    }
    const auto attempts =
        context.quiet() ? DispatchLog::Attempts::counted : DispatchLog::Attempts::told;
    DispatchLog log(context, attempts);
    const Standby standby{.until = context.stop().flag(),
                          .on_look = [&] { context.supervisor().beat(); }};
    auto dispatching =
        Dispatching::open(paths, context.os_user().name, standby_ ? &standby : nullptr,
                          settings_.options(), proxy, log, context.random());
    if (!dispatching) {
      // Told to stop while it stood by: as good an end as any other.
      if (dispatching.error().code == ErrorCode::interrupted) return ExitCode::done;
      Error error = std::move(dispatching).error();
      if (error.code == ErrorCode::busy && error.hint.empty()) {
        error.hint = "to take over when it ends: thig-hooks run --standby";
      }
      return std::unexpected(std::move(error));
    }
    if (proxy) context.note(describe(*proxy));
    return serve(context, hangup, paths, **dispatching, log);
  }

 private:
  Result<ExitCode> serve(Context& context, Hangup& hangup, const Paths& paths,
                         Dispatching& dispatching, DispatchLog& log) {
    THIG_TRY(log_in_background(context, LogIs::record));
    THIG_TRY(announce(context, paths, dispatching.store()));
    if (const std::size_t most = dispatching.sender().most_at_once();
        most < settings_.options().max_in_flight) {
      context.note(fmt::format(
          "at most {} concurrent attempts: limited by the number of open files (ulimit -n)", most));
    }
    THIG_TRY(tell_news(context, log));
    Chores chores(context, hangup, dispatching.store(), retention_.retention, log.counts());
    chores.on_reload = [&] { reload(context, dispatching, chores); };
    chores.mind = [&] {
      if (!event_command_) return;
      for (const std::string& text : event_command_->take_failures()) context.warn(text);
    };
    LoopEnd end;
    {
      const Stop::Listener listener(context.stop(), dispatching.waker());
      context.supervisor().ready();
      end =
          run_until_stopped(supervised_parts(context, dispatching, log), settings_.grace, &chores);
    }
    chores.note_retries_made();
    context.supervisor().stopping();  // a loop that did not sleep again has not said so
    log.flush();
    THIG_TRY(end_log(context, LogIs::record));
    if (end.unsettled > 0) {
      context.warn(
          fmt::format("could not record {}, so they will be sent again",
                      count_of(static_cast<std::int64_t>(end.unsettled), "attempt", "attempts")));
    }
    if (end.fatal) return std::unexpected(std::move(*end.fatal));
    context.note(fmt::format("stopped after {}", describe(log.counts())));
    return ExitCode::done;
  }

  Status tell_news(Context& context, DispatchLog& log) {
    if (!on_event_) return {};
    THIG_TRY_ASSIGN(command, EventCommand::start(*on_event_));
    event_command_ = std::move(command);
    log.on_news = [this, &context](std::string_view kind, const std::string& webhook,
                                   const std::string& text) {
      event_command_->tell({std::string(kind), webhook, webhook + " " + text, context.now()});
    };
    return {};
  }

  // It is the loop itself that beats, each time that it comes round.
  static LoopParts supervised_parts(Context& context, Dispatching& dispatching, DispatchLog& log) {
    LoopParts parts = loop_parts(context, dispatching, log);
    parts.before_sleep = [&context, flush = std::move(parts.before_sleep)] {
      flush();
      if (context.stop().requested()) context.supervisor().stopping();
      context.supervisor().beat();
    };
    return parts;
  }

  // On failure the old settings stay.
  void reload(Context& context, Dispatching& dispatching, Chores& chores) {
    context.supervisor().reloading();
    Reloaded reloaded;
    Run fresh;
    if (auto read = context.configure_again(fresh); !read) {
      reloaded.failed.push_back(fmt::format(
          "could not reload the configuration, keeping the old one: {}", read.error().text));
    } else {
      log_ = fresh.log_;
      context.keep_log(log_.settings(), LogIs::record);
      settings_ = fresh.settings_;
      retention_ = fresh.retention_;
      chores.prune_by(retention_.retention);
      reloaded.taken.emplace_back("the configuration");
      fresh.proxy_.compare(context, used_proxy_, reloaded);
      if (fresh.on_event_ != on_event_) reloaded.needs_restart.emplace_back("run.onEvent");
      reloaded.compare_places(context, *read);
    }
    reloaded.reload_key(dispatching.store());
    dispatching.dispatcher().reload(settings_.options());
    reloaded.tell([&](const std::string& text) { context.note(text); },
                  [&](const std::string& text) { context.warn(text); });
    context.supervisor().ready();
  }

  static Status announce(Context& context, const Paths& paths, Store& store) {
    THIG_TRY_ASSIGN(totals, store.statistics().totals());
    const DispatchStart start{.database = paths.database.name(),
                              .pid = getpid(),
                              .webhooks = totals.webhooks,
                              .pending = totals.pending};
    if (context.json() || (context.logs_json() && context.logs(LogLevel::info))) {
      context.out().line(started_line(start, context.now()));
      static_cast<void>(context.out().flush());
      context.out().wait_for_background();
    }
    context.note(fmt::format(
        "delivering for {1} from {0}, {2} (process {3}; press Ctrl-C or send SIGTERM to stop)",
        paths.database.name(), count_of(start.webhooks, "webhook", "webhooks"),
        count_of(start.pending, "delivery pending", "deliveries pending"), start.pid));
    return {};
  }

  bool standby_ = false;
  LogFlags log_;
  DispatchFlags settings_;
  ProxyFlags proxy_;
  std::optional<EgressProxy> used_proxy_;
  RetentionFlags retention_;
  std::optional<std::string> on_event_;
  std::unique_ptr<EventCommand> event_command_;
};

}  // namespace

std::unique_ptr<Command> make_run() {
  return std::make_unique<Run>();
}

}  // namespace thig

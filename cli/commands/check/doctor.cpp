#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/flags/proxy_flags.h"
#include "cli/views/render.h"
#include "core/api/checkup_view.h"
#include "core/api/command_wording.h"
#include "core/base/codec.h"
#include "core/care/checkup.h"
#include "core/care/keeping.h"

#include <fmt/format.h>

namespace thig {
namespace {

Style style_of(CheckState state) {
  switch (state) {
    case CheckState::ok:
      return Style::good;
    case CheckState::warning:
      return Style::warn;
    case CheckState::fault:
      return Style::bad;
  }
  return Style::plain;
}

ExitCode exit_code_of(MonitoringState state) {
  switch (state) {
    case MonitoringState::ok:
      return ExitCode::monitoring_ok;
    case MonitoringState::warning:
      return ExitCode::monitoring_warning;
    case MonitoringState::critical:
      return ExitCode::monitoring_critical;
    case MonitoringState::unknown:
      return ExitCode::monitoring_unknown;
  }
  return ExitCode::monitoring_unknown;
}

class Doctor final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Checks the database and its permissions, the key, the disk, the clock, libraries, "
        "webhooks that fail or are disabled, and deliveries that wait while no process delivers. "
        "Prints one line per finding: its state (ok, warning, fault), the check, the finding, and "
        "how to fix it; tab-separated when piped. Exits 1 if there is a fault. It changes nothing "
        "(except with --repair-clock) and works on a damaged database too.");
    flags.about(
        "With --online it also connects to every enabled outgoing webhook, as a delivery would, "
        "and checks the certificate. It sends no request.");
    flags.example("thig-hooks doctor", "Check the installation");
    flags.example("thig-hooks doctor --online", "Check the certificates of the receivers too");
    flags.example("thig-hooks doctor --check --max-backlog-age 15m --max-dead 0",
                  "Print one line and exit as a Nagios or Icinga plugin does");
    flags.example("thig-hooks doctor --json | jq '.[] | select(.state != \"ok\")'",
                  "List warnings and faults only");
    flags.toggle("--online", online_, "Connect to the enabled outgoing webhooks");
    flags.choice("--fail-on", "STATE", {"fault", "warning"}, fail_on_,
                 "Exit 1 for a finding in this state or worse");
    flags.duration("--max-backlog-age", max_backlog_age_,
                   "Report a fault if a delivery has been due for longer; deliveries of paused "
                   "webhooks do not count");
    flags.number("--max-dead", "N", max_dead_, 0, 1'000'000'000,
                 "Report a fault if more deliveries than this are dead");
    flags.toggle("--check", check_,
                 "Print one line and exit as monitoring plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 "
                 "UNKNOWN (the check could not run, for example because of a wrong flag)");
    flags.toggle("--repair-clock", repair_clock_,
                 "Accept the current time as correct, and move times in the future (set while the "
                 "clock was ahead) to now");
    flags.toggle("--full", full_,
                 "Check every row and index of the database, and compare counters with rows; can "
                 "take minutes");
    proxy_.declare(flags);
  }

  Result<ExitCode> run(Context& context) override {
    if (check_ && context.json()) {
      return fail(ErrorCode::usage, "--check and --json cannot be combined");
    }
    THIG_TRY_ASSIGN(paths, context.paths());
    if (repair_clock_) THIG_TRY(repair_clock(context, paths));
    CheckupFacts facts;
    facts.now = context.now();
    THIG_TRY_ASSIGN(proxy, proxy_.read(context));
    facts.proxy = std::move(proxy);
    facts.limits = {.backlog_age = max_backlog_age_, .dead = max_dead_};
    facts.libraries = library_versions();
    facts.database = examine_database(paths, full_, context.random(),
                                      [&] { return !context.stop().requested(); });
    if (context.stop().requested()) return fail(ErrorCode::interrupted, "interrupted");
    if (!facts.database.failure && facts.database.schema == facts.database.newest_schema) {
      facts.dispatching_pid = dispatching_pid(paths);
      facts.acting_pid = acting_pid(paths);
      if (auto work = look_into_work(context)) {
        facts.work = std::move(*work);
      } else {
        facts.work_failure = std::move(work).error();
      }
    }
    if (online_) THIG_TRY(connect(context, facts));
    const std::vector<Finding> findings = evaluate(facts);
    if (check_) {
      const MonitoringAnswer answer = monitoring_answer(facts, findings);
      context.out().line(answer.line);
      return exit_code_of(answer.state);
    }
    if (context.json()) {
      context.out().line(findings_document(findings, command_wording()));
    } else {
      THIG_TRY(write_text(context, findings));
    }
    const bool no = has_fault(findings) || (fail_on_ == "warning" && has_warning(findings));
    return no ? ExitCode::no : ExitCode::done;
  }

 private:
  static Status repair_clock(Context& context, const Paths& paths) {
    if (const auto pid = dispatching_pid(paths)) {
      return fail(ErrorCode::busy, fmt::format("process {} is delivering", *pid),
                  "stop it first, and restart it afterwards");
    }
    THIG_TRY_ASSIGN(store, context.store(StoreUse::write));
    THIG_TRY_ASSIGN(actor, context.actor(*store));
    THIG_TRY_ASSIGN(moved, repair_clock_by_hand(store->maintenance(), actor, context.now()));
    context.note(
        fmt::format("moved {} to the current time", count_of(moved, "delivery", "deliveries")));
    return {};
  }

  static Result<WorkFacts> look_into_work(Context& context) {
    THIG_TRY_ASSIGN(store, context.store(StoreUse::read));
    return gather_work(*store);
  }

  static Status connect(Context& context, CheckupFacts& facts) {
    std::vector<Endpoint> enabled;
    if (facts.work) {
      for (const WebhookFacts& webhook : facts.work->webhooks) {
        if (webhook.endpoint.state == EndpointState::enabled) enabled.push_back(webhook.endpoint);
      }
    }
    if (enabled.empty()) return {};
    THIG_TRY_ASSIGN(sending, open_sending(facts.proxy));
    const Stop::Listener listener(context.stop(), *sending.waker);
    facts.handshakes = shake_hands(enabled, *sending.sender, *sending.waker, context.stop().flag());
    if (context.stop().requested()) return fail(ErrorCode::interrupted, "interrupted");
    return {};
  }

  // Whole lines on a terminal, too: what to do is of no use when it is cut.
  static Status write_text(Context& context, const std::vector<Finding>& findings) {
    if (!context.for_eyes() || !context.options().columns.empty()) {
      Table table({{"STATE"}, {"CHECK"}, {"TEXT"}, {"HINT"}});
      for (const Finding& finding : findings) {
        table.row({{.text = std::string(to_text(finding.state))},
                   {.text = std::string(finding.check)},
                   {.text = finding.text},
                   {.text = command_wording().text(finding.hint)}});
      }
      return print_table(context, table);
    }
    const bool colour = context.out_colour();
    for (const Finding& finding : findings) {
      const std::string state = fmt::format("{:<8}", to_text(finding.state));
      context.out().line(fmt::format("{}{:<12} {}", paint(state, style_of(finding.state), colour),
                                     finding.check, printable(finding.text)));
      if (!finding.hint.empty()) {
        context.out().line(
            fmt::format("{:<21}{}", "", printable(command_wording().text(finding.hint))));
      }
    }
    return {};
  }

  std::optional<Millis> max_backlog_age_;
  std::optional<int> max_dead_;
  std::string fail_on_ = "fault";
  bool check_ = false;
  bool online_ = false;
  bool full_ = false;
  bool repair_clock_ = false;
  ProxyFlags proxy_;
};

}  // namespace

std::unique_ptr<Command> make_doctor() {
  return std::make_unique<Doctor>();
}

}  // namespace thig

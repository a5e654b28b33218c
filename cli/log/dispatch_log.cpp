#include "cli/log/dispatch_log.h"

#include "cli/log/background_log.h"
#include "cli/views/delivery_view.h"
#include "cli/views/render.h"
#include "core/api/log_lines.h"
#include "core/base/codec.h"
#include "core/dispatch/dispatcher.h"

#include <fmt/format.h>

namespace thig {
namespace {

// What limited deliveries, and what could be done about it.
std::string describe(Limit limit, const std::string& webhook) {
  switch (limit) {
    case Limit::receiver:
      return fmt::format(
          "{} answered no faster, with as many attempts at once as its webhook allows (edit "
          "--max-in-flight)",
          webhook);
    case Limit::window:
      return fmt::format(
          "{} was sent to with care, as it is new or has failed lately; that ends by itself",
          webhook);
    case Limit::rate:
      return fmt::format("{} was sent to at the rate that is set for it (edit --rate)", webhook);
    case Limit::capacity:
      return "as many attempts, or bodies, were under way as all webhooks may have together (run "
             "--max-in-flight)";
    case Limit::database:
      return "the database was waited for";
    case Limit::processor:
      return "all processors of this machine were busy";
  }
  return {};
}

}  // namespace

void DispatchFlags::declare(Flags& flags) {
  flags
      .number("--max-in-flight", "N", max_in_flight, 1, 16'384,
              "Attempts at the same time, of all webhooks together")
      .config = "run.maxInFlight";
  flags
      .number("--disable-after", "N", disable_after, 0, 1'000'000,
              "Disable a webhook after so many failed attempts in a row; 0: never")
      .config = "run.disableAfter";
  flags
      .duration("--disable-span", disable_span,
                "But only if they are spread over at least this long")
      .config = "run.disableSpan";
  flags
      .number("--park-after", "N", park_after, 0, 1'000'000,
              "Pause a webhook (30s, then longer) after so many failures of its endpoint in a row; "
              "0: never")
      .config = "run.parkAfter";
  flags.duration("--grace", grace, "When stopped: how long attempts under way may still take")
      .config = "run.grace";
}

DispatchOptions DispatchFlags::options() const {
  DispatchOptions options;
  options.max_in_flight = static_cast<std::size_t>(max_in_flight);
  options.health.disable_after_failures = disable_after;
  options.health.disable_after_span = disable_span;
  options.health.park_after_failures = park_after;
  return options;
}

void DispatchLog::flush() {
  // It is written in the background: what goes wrong there is told by mind_log.
  static_cast<void>(context_.out().flush());
  mind_log(context_);
}

void DispatchLog::settled(const AttemptReport& report) {
  ++counts_.attempts;
  ++(report.attempt.ok() ? counts_.delivered : counts_.failed);
  if (report.state == DeliveryState::dead) ++counts_.dead;
  if (context_.json()) {
    context_.out().line(attempt_line(report));
  } else if (attempts_ == Attempts::told) {
    write_text(report);
  }
  if (on_attempt) on_attempt(counts_);
}

void DispatchLog::write_text(const AttemptReport& report) {
  const Attempt& attempt = report.attempt;
  const bool colour = context_.out_colour();
  std::string line = fmt::format("{} {} {} {} ", format_rfc3339(attempt.started_at),
                                 printable(report.endpoint_name), printable(report.event_type),
                                 to_text(report.id));
  const std::string outcome = printable(describe(attempt));
  if (attempt.ok()) {
    line += paint(fmt::format("delivered: {}", outcome), Style::good, colour);
  } else {
    line += paint(fmt::format("failed: {}", outcome), Style::bad, colour);
  }
  line += fmt::format(" ({} ms, attempt {}", attempt.duration.count(), attempt.number);
  if (report.retry_at) {
    line += fmt::format("; next {}", describe_relative(*report.retry_at, context_.now()));
  } else if (report.state == DeliveryState::dead) {
    line += "; dead";
  }
  context_.out().line(line + ")");
}

void DispatchLog::tell(Trouble trouble, std::string_view kind, std::string_view webhook,
                       const std::string& text, std::optional<Time> until) {
  if (!context_.json()) {
    if (trouble == Trouble::passing && context_.quiet()) return;
    context_.warn(webhook.empty() ? text : fmt::format("{} {}", webhook, text));
    return;
  }
  context_.out().line(trouble_line(kind, webhook, text, until, context_.now()));
}

void DispatchLog::failing(const Endpoint& endpoint, const EndpointHealth& health) {
  tell(Trouble::passing, "failing", endpoint.name,
       fmt::format("is failing: {} failed attempts in a row; if that goes on it will be disabled",
                   health.consecutive_failures));
}

void DispatchLog::parked(const Endpoint& endpoint, const EndpointHealth& health) {
  tell(Trouble::passing, "parked", endpoint.name,
       fmt::format("does not respond well ({} failures in a row): pausing its deliveries for {}",
                   health.endpoint_failures, format_duration(health.park)),
       health.parked_until);
}

void DispatchLog::disabled(const Endpoint& endpoint, const std::string& reason) {
  tell(Trouble::grave, "disabled", endpoint.name,
       fmt::format("is disabled now: {}; when its endpoint is mended: thig-hooks enable {}", reason,
                   endpoint.name));
}

void DispatchLog::stuck(const Error& error) {
  tell(Trouble::grave, "stuck", "",
       fmt::format("nothing is sent until the database works again: {}", error.text));
}

void DispatchLog::unstuck() {
  tell(Trouble::grave, "unstuck", "", "the database works again");
}

void DispatchLog::lacking(const std::string& what, std::size_t at_once) {
  tell(Trouble::grave, "lacking", "",
       fmt::format("{}: attempts wait, at most {} at the same time from now on; no attempt is lost "
                   "by that (ulimit -n)",
                   what, at_once));
}

void DispatchLog::blocked(const Endpoint& endpoint, const Error& error) {
  tell(Trouble::grave, "blocked", endpoint.name, fmt::format("cannot be sent to: {}", error.text));
  blocked_by_ = error;
}

void DispatchLog::limited(const LimitReport& report) {
  if (!context_.verbose()) return;
  const std::string text = fmt::format("in {} of the last 60 seconds {}", report.seconds,
                                       describe(report.limit, report.webhook));
  if (!context_.json()) return context_.explain(text);
  context_.out().line(trouble_line("limited", report.webhook, text, {}, context_.now()));
}

LoopParts loop_parts(Context& context, Dispatching& dispatching, DispatchLog& log) {
  return {.dispatcher = dispatching.dispatcher(),
          .sender = dispatching.sender(),
          .waker = dispatching.waker(),
          .changes = dispatching.changes(),
          .clock = context.clock(),
          .stop = context.stop().flag(),
          .before_sleep = [&log] { log.flush(); }};
}

std::string describe(const DispatchCounts& counts) {
  std::string text =
      fmt::format("{}: {} delivered, {} failed",
                  count_of(static_cast<std::int64_t>(counts.attempts), "attempt", "attempts"),
                  counts.delivered, counts.failed);
  if (counts.dead > 0) text += fmt::format(" ({} for good)", counts.dead);
  return text;
}

}  // namespace thig

#include "cli/log/dispatch_log.h"

#include "cli/log/background_log.h"
#include "cli/log/record.h"
#include "cli/views/delivery_view.h"
#include "cli/views/render.h"
#include "core/api/log_lines.h"
#include "core/base/codec.h"
#include "core/dispatch/dispatcher.h"

#include <fmt/format.h>

namespace thig {
namespace {

// "crm, shop and 3 more".
std::string some_of(const std::set<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text;
  std::size_t told = 0;
  for (const std::string& name : names) {
    if (++told > most) break;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", printable(name));
  }
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

// What limited deliveries, and what could be done about it.
std::string describe(Limit limit, const std::string& webhook) {
  switch (limit) {
    case Limit::receiver:
      return fmt::format(
          "{} did not respond faster, with the maximum of concurrent attempts for its webhook "
          "(edit --max-in-flight)",
          webhook);
    case Limit::window:
      return fmt::format(
          "{} was slowed down because it is new or failed recently; this ends by itself", webhook);
    case Limit::rate:
      return fmt::format("{} was limited by the rate set for its webhook (edit --rate)", webhook);
    case Limit::capacity:
      return "the limit of concurrent attempts or of payload bytes for all webhooks was reached "
             "(run --max-in-flight)";
    case Limit::database:
      return "the database was slow";
    case Limit::processor:
      return "all CPUs of this machine were busy";
  }
  return {};
}

}  // namespace

void DispatchFlags::declare(Flags& flags) {
  flags
      .number("--max-in-flight", "N", max_in_flight, 1, 16'384,
              "Maximum concurrent attempts, for all webhooks together")
      .config = "run.maxInFlight";
  flags
      .number("--disable-after", "N", disable_after, 0, 1'000'000,
              "Disable a webhook after this many failed attempts in a row; 0: never")
      .config = "run.disableAfter";
  flags.duration("--disable-span", disable_span, "But only if the failures span at least this long")
      .config = "run.disableSpan";
  Flags::Item& pause =
      flags.number("--pause-after", "N", pause_after, 0, 1'000'000,
                   "Pause a webhook (circuit breaker: for 30s, doubling each time) after this many "
                   "failures of its endpoint in a row; 0: never");
  pause.config = "run.pauseAfter";
  pause.former_name = "--park-after";
  pause.former_config = "run.parkAfter";
  flags.duration("--grace", grace, "On shutdown: maximum wait for attempts in progress").config =
      "run.grace";
}

DispatchOptions DispatchFlags::options() const {
  DispatchOptions options;
  options.max_in_flight = static_cast<std::size_t>(max_in_flight);
  options.health.disable_after_failures = disable_after;
  options.health.disable_after_span = disable_span;
  options.health.pause_after_failures = pause_after;
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
  if (report.attempt.number > 1) ++counts_.retries;
  if (report.state == DeliveryState::dead) {
    ++counts_.dead;
    losses_.died.insert(report.endpoint_name);
    if (on_news) {
      on_news("died", report.endpoint_name,
              fmt::format("lost delivery {} of {} after {} attempts: {}; send it again: thig-hooks "
                          "retry {}",
                          to_text(report.id), report.event_type, report.attempt.number,
                          describe(report.attempt), to_text(report.id)));
    }
  }
  const bool told =
      attempts_ == Attempts::told || (attempts_ == Attempts::failures_told && !report.attempt.ok());
  if (told || context_.json()) {
    if (before_line) before_line(context_.out());
    write_record(
        context_, level_of(report), report.attempt.started_at, [&] { return attempt_text(report); },
        [&] { return attempt_line(report); });
  }
  if (on_attempt) on_attempt(counts_);
}

std::string DispatchLog::attempt_text(const AttemptReport& report) const {
  const Attempt& attempt = report.attempt;
  const bool colour = context_.out_colour();
  std::string line = fmt::format("{} {} {} ", printable(report.endpoint_name),
                                 printable(report.event_type), to_text(report.id));
  const std::string outcome = printable(log_field(describe(attempt)));
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
  return line + ")";
}

void DispatchLog::tell(Trouble trouble, std::string_view kind, std::string_view webhook,
                       const std::string& text, std::optional<Time> until) {
  const auto document = [&] { return trouble_line(kind, webhook, text, until, context_.now()); };
  if (context_.json()) return context_.out().line(document());
  if (trouble == Trouble::passing && context_.quiet()) return;
  const LogLevel level = level_of_trouble(kind);
  if (!context_.logs(level)) return;
  if (before_line) before_line(context_.err());
  if (context_.logs_json()) return context_.say_line(document());
  context_.log(level, webhook.empty() ? text : fmt::format("{} {}", webhook, text));
}

void DispatchLog::failing(const Endpoint& endpoint, const EndpointHealth& health) {
  losses_.failing.insert(endpoint.name);
  const std::string text =
      fmt::format("is failing: {} failed attempts in a row; it will be disabled if this continues",
                  health.consecutive_failures);
  tell(Trouble::passing, "failing", endpoint.name, text);
  if (on_news) on_news("failing", endpoint.name, text);
}

void DispatchLog::paused(const Endpoint& endpoint, const EndpointHealth& health) {
  const std::string text = fmt::format("is paused for {}, after {} failures in a row",
                                       format_duration(health.pause), health.endpoint_failures);
  tell(Trouble::passing, "paused", endpoint.name, text, health.paused_until);
  if (on_news) on_news("paused", endpoint.name, text);
}

void DispatchLog::disabled(const Endpoint& endpoint, const std::string& reason) {
  losses_.disabled.insert(endpoint.name);
  const std::string text =
      fmt::format("was disabled just now: {}; when the endpoint is fixed: thig-hooks enable {}",
                  reason, endpoint.name);
  tell(sums_up_ ? Trouble::passing : Trouble::grave, "disabled", endpoint.name, text);
  if (on_news) on_news("disabled", endpoint.name, text);
}

void DispatchLog::recovered(const Endpoint& endpoint) {
  const std::string text = "works again";
  tell(Trouble::passing, "recovered", endpoint.name, text);
  if (on_news) on_news("recovered", endpoint.name, text);
}

void DispatchLog::stuck(const Error& error) {
  tell(Trouble::grave, "stuck", "",
       fmt::format("deliveries stopped until the database works again: {}", error.text));
}

void DispatchLog::unstuck() {
  tell(Trouble::grave, "unstuck", "", "the database works again");
}

void DispatchLog::lacking(const std::string& what, std::size_t at_once) {
  tell(Trouble::grave, "lacking", "",
       fmt::format("{}: at most {} concurrent attempts from now on (ulimit -n); other deliveries "
                   "wait and lose no attempt",
                   what, at_once));
}

void DispatchLog::blocked(const Endpoint& endpoint, const Error& error) {
  tell(Trouble::grave, "blocked", endpoint.name,
       fmt::format("cannot be delivered to: {}", error.text));
  blocked_by_ = error;
}

void DispatchLog::limited(const LimitReport& report) {
  if (context_.json() ? !context_.verbose() : !context_.logs(LogLevel::debug)) return;
  const std::string text = fmt::format("in {} of the last 60 seconds {}", report.seconds,
                                       describe(report.limit, report.webhook));
  // It names the webhook itself.
  if (!context_.json() && !context_.logs_json()) {
    if (before_line) before_line(context_.err());
    return context_.explain(text);
  }
  tell(Trouble::passing, "limited", report.webhook, text);
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
  if (counts.dead > 0) text += fmt::format(" ({} dead)", counts.dead);
  return text;
}

std::string describe(const DispatchLosses& losses, std::uint64_t dead) {
  std::string text;
  const auto add = [&text](const std::string& part) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", part);
  };
  if (!losses.died.empty()) {
    add(fmt::format("{} died ({})",
                    count_of(static_cast<std::int64_t>(dead), "delivery", "deliveries"),
                    some_of(losses.died)));
  }
  if (!losses.failing.empty()) add("failing: " + some_of(losses.failing));
  if (!losses.disabled.empty()) add("disabled: " + some_of(losses.disabled));
  return text;
}

}  // namespace thig

#include "core/api/checkup_view.h"

#include "core/documents/json_members.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

// A pager shows one line.
constexpr std::size_t most_told = 3;

std::string_view word_of(MonitoringState state) {
  switch (state) {
    case MonitoringState::ok:
      return "OK";
    case MonitoringState::warning:
      return "WARNING";
    case MonitoringState::critical:
      return "CRITICAL";
    case MonitoringState::unknown:
      return "UNKNOWN";
  }
  return "";
}

// A bar would begin the figures, and a line end another line.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '|') c = '/';
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return line;
}

MonitoringAnswer answer(MonitoringState state, std::string_view text,
                        std::string_view figures = {}) {
  return {state, fmt::format("{} - {}{}{}", word_of(state), one_line(text),
                             figures.empty() ? "" : " | ", figures)};
}

std::string worst_findings(std::span<const Finding> findings) {
  std::string told;
  std::size_t count = 0;
  for (const CheckState state : {CheckState::fault, CheckState::warning}) {
    for (const Finding& finding : findings) {
      if (finding.state != state || ++count > most_told) continue;
      told += fmt::format("{}{}", told.empty() ? "" : "; ", finding.text);
    }
  }
  if (count > most_told) told += fmt::format("; {} more", count - most_told);
  return told;
}

// "dead=12;;10": a figure, and after two semicolons the limit that makes it critical.
template <class Limit>
std::string limit_of(const std::optional<Limit>& limit, const Limit& unit) {
  return limit ? fmt::format(";;{}", *limit / unit) : "";
}

std::string monitoring_figures(const CheckupFacts& facts) {
  std::int64_t pending = 0;
  std::int64_t failing = 0;
  std::int64_t disabled = 0;
  for (const WebhookFacts& webhook : facts.work->webhooks) {
    pending += webhook.stats.pending;
    const bool enabled = webhook.endpoint.state == EndpointState::enabled;
    if (!enabled) ++disabled;
    if (enabled && webhook.stats.failing_since) ++failing;
  }
  const Millis second{1'000};
  return fmt::format("webhooks={} failing={} disabled={} pending={} dead={}{} backlog_age={}s{}",
                     facts.work->webhooks.size(), failing, disabled, pending,
                     count_dead(*facts.work), limit_of(facts.limits.dead, std::int64_t{1}),
                     backlog_age(*facts.work, facts.now) / second,
                     limit_of(facts.limits.backlog_age, second));
}

bool has_state(std::span<const Finding> findings, CheckState state) {
  return std::ranges::find(findings, state, &Finding::state) != findings.end();
}

}  // namespace

std::string findings_document(std::span<const Finding> findings, const Wording& wording) {
  return list_document(findings, [&](JsonWriter& json, const Finding& finding) {
    json.key("check").text(finding.check);
    json.key("state").text(to_text(finding.state)).key("text").text(finding.text);
    write_text_or_null(json, "hint", wording.text(finding.hint));
  });
}

bool has_fault(std::span<const Finding> findings) {
  return has_state(findings, CheckState::fault);
}

bool has_warning(std::span<const Finding> findings) {
  return has_state(findings, CheckState::warning);
}

MonitoringAnswer monitoring_answer(const CheckupFacts& facts, std::span<const Finding> findings) {
  if (facts.database.failure) return monitoring_unknown(facts.database.failure->text);
  if (facts.work_failure) return monitoring_unknown(facts.work_failure->text);
  const std::string figures = facts.work ? monitoring_figures(facts) : "";
  if (has_fault(findings)) {
    return answer(MonitoringState::critical, worst_findings(findings), figures);
  }
  if (has_warning(findings)) {
    return answer(MonitoringState::warning, worst_findings(findings), figures);
  }
  return answer(MonitoringState::ok, "everything is in order", figures);
}

MonitoringAnswer monitoring_unknown(std::string_view why) {
  return answer(MonitoringState::unknown, why);
}

}  // namespace thig

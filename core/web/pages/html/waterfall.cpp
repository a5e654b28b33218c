#include "core/web/pages/html/waterfall.h"

#include "core/api/test_view.h"
#include "core/probe/diagnosis.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr Phase steps[] = {Phase::look_up, Phase::connect, Phase::handshake, Phase::sending,
                           Phase::answer};

// Times are in microseconds, as the bars are drawn.
struct Step {
  Phase phase;
  const PhaseTime* time = nullptr;  // none: it did not get that far
  std::int64_t began = 0;
};

Html bar_of(const Step& step, std::int64_t total) {
  const std::int64_t width = std::max<std::int64_t>(total, 1);
  Html bar;
  if (step.time != nullptr) {
    const std::int64_t least = width / 90 + 1;  // to be seen at all
    bar = html<R"(<rect class="{}" x="{}" width="{}" height="1"/>)">(
        step.time->ok ? "good" : "bad", step.began, std::max(step.time->took.count(), least));
  }
  return html<
      R"(<svg viewBox="0 0 {} 1" preserveAspectRatio="none" aria-hidden="true"><rect class="wait" width="{}" height="1"/>{}</svg>)">(
      width, width, bar);
}

Html step_row(const Step& step, const TestReport& report) {
  const std::int64_t total = report.finished.timing.total.count();
  if (step.time == nullptr) {
    return html<
        R"(<tr><th scope="row">{}</th><td class="num"><span class="zero">not reached</span></td><td class="lane mid">{}</td><td class="fill"></td></tr>)">(
        sign("off", capital(std::string(step_name(step.phase)))), bar_of(step, total));
  }
  const auto failure = explain_failure(report.finished);
  const std::string seen = seen_in(step.phase, report.finished, report.at);
  Html told;
  if (!step.time->ok && failure) {
    told += html<R"(<span class="bad">{}</span>{})">(failure->detail, seen.empty() ? "" : ": ");
  }
  told += plain(seen);
  return html<
      R"(<tr><th scope="row">{}</th><td class="num">{}</td><td class="lane mid">{}</td><td class="fill">{}</td></tr>)">(
      sign(step.time->ok ? "delivered" : "failed-s", capital(std::string(step_name(step.phase)))),
      fmt::format("{:.1f} ms", in_millis(step.time->took)), bar_of(step, total), told);
}

}  // namespace

std::string_view step_name(Phase phase) {
  switch (phase) {
    case Phase::look_up:
      return "name look-up";
    case Phase::connect:
      return "connection";
    case Phase::handshake:
      return "TLS handshake";
    case Phase::sending:
      return "request";
    case Phase::answer:
      return "answer";
  }
  return {};
}

// Sending is a step of its own only where it stopped there.
Html waterfall(const TestReport& report) {
  const std::vector<PhaseTime> times = phase_times(report.finished);
  Html rows;
  std::int64_t began = 0;
  for (const Phase phase : steps) {
    const auto found = std::ranges::find(times, phase, &PhaseTime::phase);
    if (found == times.end() && phase == Phase::sending) continue;
    Step step{.phase = phase, .began = began};
    if (found != times.end()) {
      step.time = &*found;
      began += found->took.count();
    }
    rows += step_row(step, report);
  }
  return html<
      R"(<section><div class="cap"><h2>What happened</h2><small>{}</small></div><table class="fall"><caption class="aside-text">Steps of the test with their times</caption><thead><tr><th scope="col">Step</th><th scope="col" class="num">Time</th><th scope="col" class="lane mid"><span class="aside-text">Share of the total</span></th><th scope="col" class="fill">Result</th></tr></thead><tbody>{}</tbody><tfoot><tr><th scope="row">Total</th><td class="num"><strong>{}</strong></td><td class="lane mid"></td><td class="fill dim">limit {}</td></tr></tfoot></table></section>)">(
      full_time(report.test.at), rows,
      fmt::format("{:.1f} ms", in_millis(report.finished.timing.total)),
      format_duration(report.test.endpoint.timeout));
}

}  // namespace thig::pages

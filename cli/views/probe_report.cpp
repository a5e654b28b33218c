#include "cli/views/probe_report.h"

#include "cli/views/detail.h"
#include "cli/views/render.h"
#include "core/api/command_wording.h"
#include "core/api/test_view.h"
#include "core/base/codec.h"
#include "core/probe/diagnosis.h"

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_shown = 4096;  // of a body, for eyes

std::string took(Timing::Micros time) {
  return fmt::format("{:.1f} ms", in_millis(time));
}

std::string shortened(const std::string& text, bool for_eyes) {
  if (!for_eyes || text.size() <= longest_shown) return text;
  return fmt::format("{}… ({} bytes)", to_valid_utf8(text, longest_shown), text.size());
}

void add_request(Detail& detail, const PreparedTest& test, bool for_eyes) {
  const Endpoint& endpoint = test.endpoint;
  const Probe& probe = test.probe;
  detail.add("request", "POST " + endpoint.url);
  for (const Header& header : probe.headers) {
    detail.add("  header", header.name + ": " + shown_value(endpoint, header));
  }
  for (const SignedText& signed_text : probe.signed_texts) {
    detail.add("  " + signed_text.signature + " signs", shortened(signed_text.text, for_eyes));
  }
  detail.add("  body", shortened(probe.event.body, for_eyes));
}

void add_answer(Detail& detail, const Finished& finished) {
  const Responded* answer = answer_of(finished);
  if (!answer) return;
  for (const Header& header : finished.observation->answer_headers) {
    detail.add("  header", header.name + ": " + header.value);
  }
  detail.add("  body", to_valid_utf8(answer->body));
}

}  // namespace

void print_test_request(Context& context, const PreparedTest& test) {
  Detail detail(context.for_eyes(), context.out_colour(), test.at);
  add_request(detail, test, context.for_eyes());
  context.out().write(detail.take());
}

Status print_test_table(Context& context, std::span<const TestReport> reports) {
  Table table({{.header = "NAME", .shrinks = true},
               {.header = "STATUS", .right = true},
               {.header = "OUTCOME"},
               {.header = "TIME", .right = true},
               {.header = "DETAIL", .shrinks = true, .optional = true}});
  for (const TestReport& report : reports) {
    const Responded* answer = answer_of(report.finished);
    const auto failure = explain_failure(report.finished);
    table.row(
        {{.text = report.test.endpoint.name},
         {.text = answer ? std::to_string(answer->status) : ""},
         {.text = failure ? failure->fault : "ok", .style = failure ? Style::bad : Style::good},
         {.text = took(report.finished.timing.total),
          .piped = fmt::format("{:.1f}", in_millis(report.finished.timing.total))},
         {.text = failure ? failure->detail : ""}});
  }
  return print_table(context, table);
}

void print_test_report(Context& context, const TestReport& report) {
  const Endpoint& endpoint = report.test.endpoint;
  const Probe& probe = report.test.probe;
  const Finished& finished = report.finished;
  const Time now = report.at;
  Detail detail(context.for_eyes(), context.out_colour(), now);
  if (!endpoint.name.empty()) {
    detail.add("webhook", fmt::format("{} ({})", endpoint.name, to_text(endpoint.id)));
  }
  detail.add("delivery", fmt::format("{} of {}", to_text(probe.id), probe.event.type));
  add_request(detail, report.test, context.for_eyes());
  for (const PhaseTime& time : phase_times(finished)) {
    const std::string seen = seen_in(time.phase, finished, now);
    detail.add(std::string(describe(time.phase)),
               Cell{.text = fmt::format("{}{}{}{}", took(time.took), time.ok ? "" : ", failed",
                                        seen.empty() ? "" : ": ", seen),
                    .style = time.ok ? Style::plain : Style::bad});
  }
  add_answer(detail, finished);
  detail.add("total", took(finished.timing.total));
  if (const auto failure = explain_failure(finished)) {
    detail.add("verdict",
               Cell{.text = fmt::format("failed at {} ({}): {}", describe(failure->phase),
                                        failure->fault, failure->detail),
                    .style = Style::bad});
    detail.add("what to do", command_wording().text(failure->hint));
  } else {
    detail.add("verdict", Cell{.text = "ok", .style = Style::good});
  }
  for (const Remark& warning : warnings_of(endpoint, finished, now)) {
    detail.add("warning", Cell{.text = command_wording().text(warning), .style = Style::warn});
  }
  context.out().write(detail.take());
}

}  // namespace thig

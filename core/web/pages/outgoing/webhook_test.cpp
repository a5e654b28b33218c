#include "core/api/shell_words.h"
#include "core/api/test_flow.h"
#include "core/api/test_view.h"
#include "core/base/codec.h"
#include "core/dispatch/router.h"
#include "core/probe/diagnosis.h"
#include "core/rules/access.h"
#include "core/rules/url_rules.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/html/waterfall.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_page.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

Result<Html> type_choice(Call& call, std::string_view chosen) {
  THIG_TRY_ASSIGN(types, known_event_types(call.store.config()));
  Html all;
  for (const EventType& type : types) {
    all += html<R"(<option value="{}"{}>{}</option>)">(
        type.name, flag<"selected">(type.name == chosen), type.name);
  }
  return html<R"(<select name="event" id="event">{}</select>)">(all);
}

std::string test_command(const Endpoint& endpoint, std::string_view type) {
  ShellCommand command("thig-hooks test");
  if (type != test_event_type) command.flag("--event", type);
  return command.positional(endpoint.name).text();
}

// What the report is about, in a few words: for titles.
std::string outcome_words(const Finished& finished) {
  if (const Responded* answer = answer_of(finished)) return std::to_string(answer->status);
  const auto failure = explain_failure(finished);
  return failure ? fmt::format("failed at the {}", step_name(failure->phase)) : "ok";
}

std::string_view placeholder_of(std::string_view setting) {
  if (setting == "timeout") return " 30s";
  if (setting == "rate") return " 10";
  return setting == "allow-private" ? "" : " FILE";
}

// The command that follows the advice, where that names settings.
std::string fixing_command(const Endpoint& endpoint, const Remark& advice) {
  std::string flags;
  for (const Remark::Part& part : advice.parts()) {
    const auto* setting = std::get_if<Setting>(&part);
    if (setting == nullptr) continue;
    flags += fmt::format("{}--{}{}", flags.empty() ? "" : " ", setting->name,
                         placeholder_of(setting->name));
  }
  if (flags.empty()) return {};
  return webhook_command("edit", endpoint.name, flags);
}

Html failure_note(const Endpoint& endpoint, const ProbeFailure& failure, bool answered) {
  Html body;
  if (!failure.hint.empty()) {
    body += html<"<p>{}</p>">(as_sentence(form_wording().text(failure.hint)));
  }
  const std::string command_line = fixing_command(endpoint, failure.hint);
  if (!command_line.empty()) {
    body += command(command_line);
    body +=
        html<R"(<p><a href="{}">Edit {}</a></p>)">(webhook_link(endpoint, "edit"), endpoint.name);
  }
  const std::string where =
      answered ? std::string() : fmt::format(" at the {}", step_name(failure.phase));
  return note("failed", "disabled", fmt::format("Failed{}: {}.", where, failure.detail), body);
}

Html verdict(const TestReport& report) {
  const Endpoint& endpoint = report.test.endpoint;
  Html warnings;
  for (const Remark& warning : warnings_of(endpoint, report.finished, report.at)) {
    warnings += html<R"(<p class="state failing">{}.</p>)">(capital(form_wording().text(warning)));
  }
  if (const auto failure = explain_failure(report.finished)) {
    Html all = failure_note(endpoint, *failure, answer_of(report.finished) != nullptr);
    if (!warnings.empty()) all += html<R"(<section class="note warning">{}</section>)">(warnings);
    return all;
  }
  return note("done", "enabled",
              fmt::format("The endpoint answered {} in {:.1f} ms. It accepts signed deliveries.",
                          outcome_words(report.finished), in_millis(report.finished.timing.total)),
              warnings);
}

// Up to three texts, of which one is shown at a time.
struct Pane {
  std::string_view name;
  std::string text;
};
Html panes(std::string_view title, std::string_view id, std::span<const Pane> parts) {
  Html choices;
  Html texts;
  for (const Pane& part : parts) {
    choices += html<R"(<label><input type="radio" name="{}-part"{}>{}</label>)">(
        id, flag<"checked">(texts.empty()), part.name);
    texts += html<R"(<pre class="box">{}</pre>)">(part.text);
  }
  return html<
      R"(<section class="panes" id="{}"><div class="cap"><h2>{}</h2><div class="acts"><fieldset class="seg"><legend class="aside-text">Part</legend>{}</fieldset>{}</div></div>{}</section>)">(
      id, title, choices, copy_button(title, id), texts);
}

Html request_panes(const PreparedTest& test) {
  const auto url = parse_webhook_url(test.endpoint.url);
  std::string head = url ? fmt::format("POST {} HTTP/1.1\nhost: {}{}", url->target, url->host,
                                       url->port == 443 ? "" : fmt::format(":{}", url->port))
                         : fmt::format("POST {}", test.endpoint.url);
  for (const Header& header : test.probe.headers) {
    head += fmt::format("\n{}: {}", header.name, shown_value(test.endpoint, header));
  }
  std::string signed_texts;
  for (const SignedText& one : test.probe.signed_texts) {
    signed_texts += fmt::format("{}{} signs this\n{}", signed_texts.empty() ? "" : "\n\n",
                                one.signature, one.text);
  }
  const Pane parts[] = {{"Headers", std::move(head)},
                        {"Body", test.probe.event.body},
                        {"Signed string", std::move(signed_texts)}};
  return panes("Request", "request", parts);
}

Html answer_panes(const Finished& finished) {
  const Responded* answer = answer_of(finished);
  if (answer == nullptr) return {};
  std::string head = std::to_string(answer->status);
  for (const Header& header : finished.observation->answer_headers) {
    head += fmt::format("\n{}: {}", header.name, header.value);
  }
  const Pane parts[] = {{"Body", answer->body.empty() ? "(no body)" : answer->body},
                        {"Headers", std::move(head)}};
  return panes("Answer", "answer", parts);
}

Html test_head(const Endpoint& endpoint, const Html& types, std::string_view button) {
  Html head =
      crumbs({{"Webhooks", Link("/admin/webhooks")}, {endpoint.name, webhook_link(endpoint)}});
  head += html<
      R"(<div class="head"><h1>Test of {}</h1><form class="acts" method="post" action="{}"><label for="event">Event type</label>{}<button class="main">{}</button></form></div>)">(
      endpoint.name, webhook_link(endpoint, "test"), types, button);
  return head;
}

}  // namespace

Result<HttpResponse> ask_test_webhook(Call& call) {
  THIG_TRY(check_access(call.caller.actor, Action::test));
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  const std::string type = call.query.find("event").value_or(std::string(test_event_type));
  THIG_TRY_ASSIGN(types, type_choice(call, type));
  Html content = test_head(endpoint, types, "Send Test");
  content += html<
      R"(<div class="thin stack"><p>Sends one signed sample of that type to <span class="mono">{}</span>, as a delivery would be, and shows every step with its time. It may take up to {}.</p><p class="dim">The receiver gets it like a delivery: a test event of the type webhook.test, or sample data of another type. It is recorded, but not part of the statistics and not retried.</p></div>)">(
      endpoint.url, format_duration(endpoint.timeout));
  return page_answer(call, {.title = "Test of " + endpoint.name,
                            .section = Section::webhooks,
                            .content = content,
                            .command = test_command(endpoint, type),
                            .changes_by_itself = false});
}

// Answers 200 whatever the receiver does: that is what was asked for.
Result<HttpResponse> test_webhook(Call& call) {
  TestSample sample;
  if (auto type = Form(call).find("event")) sample.type = std::move(*type);
  THIG_TRY_ASSIGN(test, begin_webhook_test(call.store, call.caller.actor, call.path.front(), sample,
                                           call.now()));
  THIG_TRY_ASSIGN(report, call.service.send_test(std::move(test), call.store));
  const Endpoint& endpoint = report.test.endpoint;
  THIG_TRY_ASSIGN(types, type_choice(call, sample.type));
  Html content = test_head(endpoint, types, "Send again");
  content += verdict(report);
  content += html<R"(<div class="stack">{}{}{}</div>)">(
      waterfall(report), answer_panes(report.finished), request_panes(report.test));
  return page_answer(
      call, {.title = fmt::format("Test of {}: {}", endpoint.name, outcome_words(report.finished)),
             .section = Section::webhooks,
             .content = content,
             .command = test_command(endpoint, sample.type),
             .changes_by_itself = false});
}

}  // namespace thig::pages

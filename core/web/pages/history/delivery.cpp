#include "core/api/command_wording.h"
#include "core/api/delivery_query.h"
#include "core/api/delivery_view.h"
#include "core/api/recovery_flow.h"
#include "core/api/shell_words.h"
#include "core/rules/access.h"
#include "core/rules/url_rules.h"
#include "core/web/operations.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/history/delivery_signs.h"
#include "core/web/pages/history/pages.h"
#include "core/web/pages/html/bodies.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::pages {
namespace {

Html attempt_item(const DeliveryStory& story, const Attempt& attempt, Time before) {
  const std::string_view of = attempt.number == 1 ? "the event" : "the attempt before";
  const Millis gap = std::max(attempt.started_at - before, Millis{0});
  // A status says it all.
  const std::string why = attempt.status ? std::string() : fmt::format(". {}", attempt.error);
  return html<
      R"(<li>{}<p><strong>Attempt {}</strong><span class="{}">{}</span><span class="dim">{}</span>{}</p><p class="small dim">{} after {}{}</p></li>)">(
      attempt_sign(attempt), attempt.number, attempt.ok() ? "" : "bad", outcome_of(attempt),
      span_text(attempt.duration),
      log_time(attempt.started_at, story.timeline.attempts.back().started_at), span_text(gap), of,
      why);
}

// The newest first, down to the event.
Html timeline(const DeliveryStory& story) {
  const Time emitted = time_of(story.timeline.delivery.id.event);
  const auto& attempts = story.timeline.attempts;
  Html items;
  for (std::size_t i = attempts.size(); i-- > 0;) {
    items += attempt_item(story, attempts[i], i == 0 ? emitted : attempts[i - 1].started_at);
  }
  items += html<
      R"(<li><span class="state pending">event</span><p><strong>Event emitted</strong>{}</p></li>)">(
      full_time(emitted));
  return html<R"(<section><h2>Attempts</h2><ol class="time">{}</ol></section>)">(items);
}

std::string answer_headers(const Attempt& attempt) {
  std::string text = attempt.status ? fmt::format("HTTP {}\n", *attempt.status) : std::string();
  for (const std::string& line : header_lines(attempt)) text += line + "\n";
  return text;
}

Html answer(const Attempt& attempt) {
  if (attempt.answer.empty() && attempt.answer_headers.empty()) return {};
  const Pane panes[] = {{"Body", plain(attempt.answer.empty() ? "(empty)" : attempt.answer)},
                        {"Headers", plain(answer_headers(attempt))}};
  return pane_section(fmt::format("Response to attempt {}", attempt.number), "", "answer", panes,
                      {});
}

std::string request_line(const Endpoint& endpoint) {
  const auto url = parse_webhook_url(endpoint.url);
  if (!url) return {};
  const std::string port = url->port == 443 ? "" : fmt::format(":{}", url->port);
  return fmt::format("POST {} HTTP/1.1\nhost: {}{}\n", url->target, url->host, port);
}

Html request_headers(const DeliveryStory& story, const Attempt& attempt) {
  std::string text = request_line(story.endpoint);
  for (const ShownHeader& header : story.request_headers(attempt)) {
    text += fmt::format("{}: {}\n", header.name, header.value.value_or("…"));
  }
  Html remark;
  if (story.changed_since(attempt)) {
    remark = html<
        R"(<p class="small dim">The webhook has changed since; these headers use its current settings.</p>)">();
  }
  if (story.no_keys) {
    remark += html<R"(<p class="small dim">Without signatures: the secret cannot be read.</p>)">();
  }
  return html<
      R"(<section><div class="cap"><h2>Request headers of attempt {}</h2>{}</div><pre class="box" id="headers">{}</pre>{}</section>)">(
      attempt.number, copy_button("request headers", "headers"), text, remark);
}

// The bytes that were signed, as the two forms of the signature have them.
Html signed_string(const DeliveryStory& story, const Attempt& attempt) {
  const std::string id = to_text(story.timeline.delivery.id);
  const auto seconds = std::to_string(to_unix_seconds(attempt.started_at));
  const std::string_view body = beginning(story.timeline.body);
  const Pane panes[] = {
      {"v1", html<"<strong>{}</strong>.<strong>{}</strong>.{}">(id, seconds, body)},
      {"t1", html<"<strong>{}</strong>.{}">(seconds, body)}};
  return pane_section(
      "Signed string", "", "signed", panes,
      html<
          R"(<p class="small dim">HMAC-SHA256 with the webhook’s secret: v1 in base64, t1 in hex.</p>)">());
}

// The attempt again by hand: to try a receiver with exactly what it got. What is too long for a
// page is for a command line, too.
Html as_curl(const DeliveryStory& story, const Attempt& attempt) {
  const bool piped = story.timeline.body.size() > most_shown;
  ShellCommand command(
      piped ? fmt::format("thig-hooks deliveries show {} --json | jq -j .body | curl -i",
                          to_text(story.timeline.delivery.id))
            : "curl -i");
  for (const ShownHeader& header : story.request_headers(attempt)) {
    if (header.value) command.flag("-H", fmt::format("{}: {}", header.name, *header.value));
  }
  command.flag("--data-binary", piped ? "@-" : story.timeline.body).positional(story.endpoint.url);
  return html<
      R"(<details><summary>As a curl command</summary><div class="cap"><span></span>{}</div><pre class="box" id="curl">{}</pre></details>)">(
      copy_button("curl command", "curl"), command.text());
}

Html facts(const DeliveryStory& story, Time now) {
  const Delivery& delivery = story.timeline.delivery;
  const std::string event = to_text(delivery.id.event);
  Html ended;
  if (delivery.finished_at) {
    ended = html<"<dt>Ended</dt><dd>{}</dd>">(full_time(*delivery.finished_at));
  }
  Html next;
  if (delivery.state == DeliveryState::pending && delivery.due_at) {
    next = html<"<dt>Next</dt><dd>{}</dd>">(relative_time(*delivery.due_at, now));
  }
  return html<
      R"(<section><h2>Delivery</h2><dl class="rows"><dt>Id</dt><dd class="mono">{}</dd><dt>Event</dt><dd class="mono"><a href="{}">{}</a></dd><dt>Webhook</dt><dd><a href="{}">{}</a></dd><dt>URL</dt><dd class="mono">{}</dd><dt>Emitted</dt><dd>{}</dd>{}<dt>Attempts</dt><dd>{}</dd>{}</dl></section>)">(
      to_text(delivery.id), Link("/admin/events/{}", {event}), event,
      Link("/admin/webhooks/outgoing/{}", {to_text(delivery.id.endpoint)}), story.endpoint.name,
      story.endpoint.url, full_time(time_of(delivery.id.event)), ended, attempt_dots(delivery),
      next);
}

std::string_view note_kind(DeliveryState state) {
  switch (state) {
    case DeliveryState::dead:
    case DeliveryState::missed:
      return "failed";
    case DeliveryState::delivered:
      return "done";
    default:
      return "";
  }
}

// Why it is so, and what to do about it.
Html verdict(const DeliveryStory& story) {
  const Delivery& delivery = story.timeline.delivery;
  Html advice;
  if (delivery.last && delivery.state != DeliveryState::delivered) {
    const std::string text = advice_for(*delivery.last);
    if (!text.empty()) advice += html<"<p>{}</p>">(text);
  }
  if (delivery.state == DeliveryState::dead || delivery.state == DeliveryState::missed) {
    advice += html<
        R"(<p>When the endpoint is fixed, retry this delivery, or <a href="{}">recover all dead and missed deliveries of {}</a>.</p>)">(
        Link("/admin/webhooks/outgoing/{}/recover", {to_text(delivery.id.endpoint)})
            .with("since", format_rfc3339(time_of(delivery.id.event))),
        story.endpoint.name);
  }
  const std::string why =
      fmt::format("{}: {}", capital(to_text(delivery.state)), command_wording().text(story.why));
  const std::string_view sign_kind =
      delivery.state == DeliveryState::cancelled || delivery.state == DeliveryState::test
          ? "off"
          : to_text(delivery.state);
  return note(note_kind(delivery.state), sign_kind, why, advice);
}

Html head(const DeliveryStory& story, const Member& member) {
  const Delivery& delivery = story.timeline.delivery;
  const std::string id = to_text(delivery.id);
  Html acts;
  if (may(member.role, Action::retry)) {
    acts += html<R"(<button class="main" formaction="{}">Retry now</button>)">(
        Link("/admin/deliveries/{}/retry", {id}));
    if (delivery.state == DeliveryState::pending) {
      acts += html<R"(<button formaction="{}">Cancel</button>)">(
          Link("/admin/deliveries/{}/cancel", {id}));
    }
  }
  acts += html<R"(<a class="btn" href="{}">Same event, other webhooks</a>)">(
      Link("/admin/events/{}", {to_text(delivery.id.event)}));
  return html<
      R"({}<div class="head"><h1>{}</h1>{}<form class="acts" method="post">{}</form></div>)">(
      crumbs({{"Deliveries", Link("/admin/deliveries")},
              {story.endpoint.name,
               Link("/admin/deliveries").with("webhook", to_text(delivery.id.endpoint))}}),
      delivery.event_type, delivery_sign(delivery.state), acts);
}

Html details(const DeliveryStory& story) {
  Html parts = timeline(story);
  const auto& attempts = story.timeline.attempts;
  if (!attempts.empty()) parts += answer(attempts.back());
  parts += body_section("Request body", "body", {.bytes = story.timeline.body});
  if (attempts.empty()) return parts;
  parts += request_headers(story, attempts.back());
  parts += signed_string(story, attempts.back());
  parts += as_curl(story, attempts.back());
  return parts;
}

Link link_of(DeliveryId id) {
  return Link("/admin/deliveries/{}", {to_text(id)});
}

}  // namespace

Result<HttpResponse> show_delivery_page(Call& call) {
  THIG_TRY_ASSIGN(id, read_delivery_id(call.path.front()));
  THIG_TRY_ASSIGN(story, read_story(call.store, id, call.now()));
  Html content = head(story, call.caller.actor);
  content += verdict(story);
  content += html<R"(<div class="split"><div class="stack">{}</div>{}</div>)">(
      details(story), facts(story, call.now()));
  return page_answer(call, {.title = story.timeline.delivery.event_type,
                            .section = Section::deliveries,
                            .content = content,
                            .command = "thig-hooks deliveries show " + to_text(id)});
}

Result<HttpResponse> retry_delivery_page(Call& call) {
  THIG_TRY_ASSIGN(id, read_delivery_id(call.path.front()));
  Recovery recovery = recovery_for(call);
  THIG_TRY(retry_deliveries(call.store, recovery, {&id, 1}));
  return redirect(call, link_of(id));
}

Result<HttpResponse> cancel_delivery_page(Call& call) {
  THIG_TRY_ASSIGN(id, read_delivery_id(call.path.front()));
  Recovery recovery = recovery_for(call);
  THIG_TRY(recovery.cancel({&id, 1}));
  return redirect(call, link_of(id));
}

}  // namespace thig::pages

#include "core/rules/access.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_page.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

HttpResponse rotate_page(Call& call, const Endpoint& endpoint, std::string_view overlap,
                         const FormErrors& errors) {
  Html told = errors.summary("Not rotated");
  told += html<
      "<p>Creates a new secret and shows it once. The old secret also signs until the overlap "
      "ends, so that you can update the receiver without an outage.</p>">();
  Html fields =
      overlap_field({.name = "overlap"}, "no overlap: the old one ends now", overlap, errors);
  fields += html<R"(<details class="more"{}><summary>Use your own secret</summary>{}</details>)">(
      flag<"open">(!errors.of("secret").empty()),
      text_field({.name = "secret",
                  .help = "Leave it empty to generate a random one.",
                  .type = "password"},
                 "", errors));
  return question_page(call, endpoint,
                       {.title = fmt::format("Rotate the secret of {}", endpoint.name),
                        .told = told,
                        .fields = fields,
                        .button = "Rotate",
                        .page = "rotate",
                        .command = webhook_command("rotate", endpoint.name),
                        .status = errors.status()});
}

HttpResponse rotated_page(Call& call, const RotatedSecret& rotated) {
  const Endpoint& endpoint = rotated.endpoint;
  Html told = copyable(rotated.secret, "the secret");
  if (rotated.old_until) {
    told += html<
        "<p>The old secret also signs until {}. Give the receiver the new one before that.</p>">(
        full_time(*rotated.old_until));
  } else {
    told += html<"<p>The old secret no longer signs: give the receiver the new one now.</p>">();
  }
  for (const Remark& one : rotated.notes)
    told += html<"<p>{}</p>">(as_sentence(form_wording().text(one)));
  Html content = webhook_head(endpoint, fmt::format("New secret of {}", endpoint.name));
  content += html<
      R"(<div class="thin stack">{}<div class="acts"><a class="btn main" href="{}">Send Test</a><a class="btn" href="{}">Go to the webhook</a></div></div>)">(
      note("warning", "failing", "Signing secret, shown only once", told),
      webhook_link(endpoint, "test"), webhook_link(endpoint));
  return page_answer(call, {.title = "New secret of " + endpoint.name,
                            .section = Section::webhooks,
                            .content = content,
                            .changes_by_itself = false});
}

// The first one is current, the others are still in an overlap.
Html revealed_secrets(const std::vector<Secret>& secrets) {
  Html all;
  for (const Secret& secret : secrets) {
    const Html until = secret.expires_at ? html<"signs until {}">(full_time(*secret.expires_at))
                                         : plain("current");
    all += html<R"(<p class="small dim">{}, created {}</p>{})">(
        until, full_time(secret.created_at), copyable(secret.text, "the secret"));
  }
  return all;
}

Html revealed_headers(const Endpoint& endpoint) {
  if (endpoint.headers.empty()) return {};
  Html rows;
  for (const Header& header : endpoint.headers) {
    rows += html<R"(<dt class="mono">{}</dt><dd class="mono">{}</dd>)">(header.name, header.value);
  }
  return html<R"(<section><h2>Extra headers</h2><dl class="rows">{}</dl></section>)">(rows);
}

}  // namespace

Result<HttpResponse> ask_rotate_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  return rotate_page(call, endpoint, usual_overlap, {});
}

Result<HttpResponse> rotate_webhook(Call& call) {
  const Form form(call);
  const std::string overlap = form.find("overlap").value_or(std::string(usual_overlap));
  FormErrors errors;
  const auto span = errors.take("overlap", parse_duration(overlap));
  if (span) {
    const auto rotated = webhooks_for(call).rotate(
        call.path.front(), {.secret = form.find("secret"), .overlap = *span});
    if (rotated) return rotated_page(call, *rotated);
    if (!is_for_the_form(rotated.error())) return std::unexpected(rotated.error());
    errors.add(rotated.error());
  }
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  if (form.find("secret")) errors.add("secret", "Enter it again: secrets are not shown.");
  return rotate_page(call, endpoint, overlap, errors);
}

// A link reveals nothing: it may be opened by more than people.
Result<HttpResponse> ask_reveal_webhook(Call& call) {
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  THIG_TRY(check_access(call.caller.actor, Action::reveal_secret));
  const Html told = html<
      "<p>Anyone with the secret can send requests that the receiver accepts as ours. Each reveal "
      "is recorded in the audit log.</p>">();
  return question_page(call, endpoint,
                       {.title = fmt::format("Reveal the secret of {}", endpoint.name),
                        .told = told,
                        .button = "Reveal",
                        .page = "secret",
                        .command = webhook_command("show", endpoint.name, "--reveal-secret")});
}

Result<HttpResponse> reveal_webhook(Call& call) {
  THIG_TRY_ASSIGN(revealed, webhooks_for(call).reveal(call.path.front()));
  const Endpoint& endpoint = revealed.endpoint;
  Html content = webhook_head(endpoint, fmt::format("Secret of {}", endpoint.name));
  content += html<
      R"(<div class="thin stack">{}{}<div class="acts"><a class="btn" href="{}">Go to the webhook</a></div></div>)">(
      note("warning", "failing", "Signing secret", revealed_secrets(revealed.secrets)),
      revealed_headers(endpoint), webhook_link(endpoint));
  return page_answer(call, {.title = "Secret of " + endpoint.name,
                            .section = Section::webhooks,
                            .content = content,
                            .changes_by_itself = false});
}

}  // namespace thig::pages

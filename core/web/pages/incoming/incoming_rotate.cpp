#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_pages.h"
#include "core/web/pages/incoming/incoming_words.h"
#include "core/web/pages/incoming/pages.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view no_overlap = "no overlap: it ends now";

HttpResponse rotate_url_page(Call& call, const IncomingHook& hook, std::string_view overlap,
                             const FormErrors& errors) {
  Html told = errors.summary("Not rotated");
  told += html<
      R"(<p>Creates a new URL and shows it once. The old URL works until the overlap ends, so that you can update the sender without losing requests.</p>)">();
  return question_page(
      call, hook,
      {.title = fmt::format("Rotate the URL of {}", hook.name),
       .told = told,
       .fields = overlap_field({.name = "overlap", .label = "The old URL works for"}, no_overlap,
                               overlap, errors),
       .button = "Rotate",
       .page = "rotate-url",
       .command = hook_command("rotate", hook),
       .status = errors.status()});
}

Result<HttpResponse> rotated_url_page(Call& call, const RotatedIncoming& rotated) {
  const IncomingHook& hook = rotated.hook;
  const Html ends =
      rotated.old_until
          ? html<R"(<p>The old URL works until {}. Give the sender the new one before that.</p>)">(
                full_time(*rotated.old_until))
          : html<R"(<p>The old URL no longer works: give the sender the new one now.</p>)">();
  THIG_TRY_ASSIGN(shown, shown_url(call, hook, rotated.token, "URL, shown only once", ends));
  Html content = hook_head(hook, fmt::format("New URL of {}", hook.name));
  content += html<
      R"(<div class="thin stack">{}<div class="acts"><a class="btn main" href="{}">Go to the webhook</a></div></div>)">(
      shown, hook_link(hook));
  return page_answer(call, {.title = "New URL of " + hook.name,
                            .section = Section::webhooks,
                            .content = content,
                            .command = hook_command("show", hook),
                            .changes_by_itself = false});
}

HttpResponse rotate_secret_page(Call& call, const IncomingHook& hook, std::string_view overlap,
                                const FormErrors& errors) {
  Html told = errors.summary("Not rotated");
  told += html<
      R"(<p>{} signs with a secret from its own settings. Both secrets are valid until the overlap ends.</p>)">(
      describe_scheme(hook.scheme));
  Html fields = text_field({.name = "secret",
                            .help = "The signing secret from the sender’s settings.",
                            .type = "password",
                            .required = true,
                            .label = "New secret"},
                           "", errors);
  fields += overlap_field({.name = "overlap", .label = "The old secret is valid for"}, no_overlap,
                          overlap, errors);
  return question_page(call, hook,
                       {.title = fmt::format("Rotate the secret of {}", hook.name),
                        .told = told,
                        .fields = fields,
                        .button = "Rotate",
                        .page = "rotate-secret",
                        .command = hook_command("rotate", hook) + " --secret-file FILE",
                        .status = errors.status()});
}

// For who may change it.
Result<IncomingHook> hook_to_rotate(Call& call) {
  THIG_TRY_ASSIGN(hook, hook_of(call));
  THIG_TRY(incoming_webhooks_for(call).check_allowed(hook));
  return hook;
}

Result<IncomingHook> signed_hook_to_rotate(Call& call) {
  THIG_TRY_ASSIGN(hook, hook_to_rotate(call));
  if (!hook.scheme.empty()) return hook;
  return fail(ErrorCode::invalid, fmt::format("{} checks no signatures", hook.name),
              "choose under Edit how the sender signs");
}

std::string overlap_of(const Form& form) {
  return form.find("overlap").value_or(std::string(usual_overlap));
}

}  // namespace

Result<HttpResponse> ask_rotate_incoming_url(Call& call) {
  THIG_TRY_ASSIGN(hook, hook_to_rotate(call));
  return rotate_url_page(call, hook, usual_overlap, {});
}

Result<HttpResponse> rotate_incoming_url(Call& call) {
  THIG_TRY_ASSIGN(hook, hook_to_rotate(call));
  const Form form(call);
  FormErrors errors;
  if (const auto overlap = errors.take("overlap", parse_duration(overlap_of(form)))) {
    const auto rotated =
        incoming_webhooks_for(call).rotate(call.path.front(), {.secret = {}, .overlap = *overlap});
    if (rotated) return rotated_url_page(call, *rotated);
    if (!is_for_the_form(rotated.error())) return std::unexpected(rotated.error());
    errors.add(rotated.error());
  }
  return rotate_url_page(call, hook, overlap_of(form), errors);
}

Result<HttpResponse> ask_rotate_incoming_secret(Call& call) {
  THIG_TRY_ASSIGN(hook, signed_hook_to_rotate(call));
  return rotate_secret_page(call, hook, usual_overlap, {});
}

Result<HttpResponse> rotate_incoming_secret(Call& call) {
  THIG_TRY_ASSIGN(hook, signed_hook_to_rotate(call));
  const Form form(call);
  FormErrors errors;
  const auto secret = form.find("secret");
  if (!secret) errors.add("secret", "Paste the sender’s signing secret.");
  const auto overlap = errors.take("overlap", parse_duration(overlap_of(form)));
  if (secret && overlap) {
    const auto rotated = incoming_webhooks_for(call).rotate(
        call.path.front(), {.secret = secret, .overlap = *overlap});
    if (rotated) return redirect(call, hook_link(rotated->hook));
    if (!is_for_the_form(rotated.error())) return std::unexpected(rotated.error());
    errors.add(rotated.error());
  }
  if (secret) errors.add("secret", "Enter it again: secrets are not shown.");
  return rotate_secret_page(call, hook, overlap_of(form), errors);
}

}  // namespace thig::pages

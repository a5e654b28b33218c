#include "core/web/pages/incoming/request_verdict.h"

#include "core/api/shell_words.h"
#include "core/base/time.h"
#include "core/rules/generic_scheme.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_words.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

// The note's kind, and the sign before its title; no kind: it is no news.
Html told(std::string_view kind, std::string_view sign_kind, std::string_view title,
          std::string_view text, std::string_view shell) {
  Html body;
  if (!text.empty()) body = html<"<p>{}</p>">(text);
  if (!shell.empty()) body += command(shell);
  return note(kind, sign_kind, title, body);
}

std::string verify_command(const IncomingHook& hook) {
  ShellCommand shell("thig-hooks verify");
  if (!is_generic(hook.scheme)) shell.flag("--scheme", hook.scheme);
  return shell.flag("--secret-file", "SECRET")
      .flag("--headers", "HEADERS")
      .flag("--body", "BODY")
      .text();
}

// What is recorded is the reason alone: neither the headers nor the body of what may come from
// anybody.
Html told_of_rejected(const IncomingRequest& request, const std::optional<IncomingHook>& hook) {
  const std::string title = "Rejected: " + request.detail + ".";
  constexpr std::string_view kind = "warning";
  constexpr std::string_view sign_kind = "failing";
  if (request.detail == "the address is not on the webhook's list") {
    return told(
        kind, sign_kind, title,
        fmt::format("{} is not one of the addresses that this webhook accepts requests from. If it "
                    "belongs to the sender, add it.",
                    request.peer),
        hook ? ShellCommand("thig-hooks edit").positional(hook->name).text() + " --allow-from …"
             : "");
  }
  const bool signs = hook && !hook->scheme.empty();
  if (signs && request.detail == "no signature matches") {
    return told(kind, sign_kind, title,
                "The sender signs with another secret, or a proxy has changed the body. Compare "
                "the secret with the sender's settings. With the headers and body of a message in "
                "files, this command finds the cause:",
                verify_command(*hook));
  }
  if (request.detail == "the signature is too old" ||
      request.detail == "the signature is from the future") {
    return told(kind, sign_kind, title,
                "The clock of this machine or of the sender is wrong, or the message was delayed "
                "or replayed. To check the clock here:",
                "thig-hooks doctor");
  }
  const std::string expected =
      signs ? fmt::format(
                  "This webhook accepts requests signed by {}, with JSON or a form as the body. ",
                  describe_scheme(hook->scheme))
            : std::string("This webhook accepts JSON or a form. ");
  return told(kind, sign_kind, title,
              expected +
                  "The sender got an error, and the action did not run. A rejected request is "
                  "recorded without its headers and body.",
              "");
}

Html told_of_failed(const IncomingRequest& request) {
  return told("failed", "disabled", fmt::format("The action failed: {}.", outcome_line(request)),
              "The request was answered and is recorded in full. When the cause is fixed, replay "
              "it here or in a shell:",
              ShellCommand("thig-hooks requests replay").positional(to_text(request.id)).text());
}

Html told_of_duplicate(const std::optional<IncomingHook>& hook) {
  const std::string window =
      hook && hook->dedupe > Millis{0}
          ? fmt::format("within {}, the time in which this webhook deduplicates",
                        format_duration(hook->dedupe))
          : std::string("shortly before");
  return told("", "off", "Duplicate: not processed.",
              fmt::format("The same message was received {}. It got the same response as the "
                          "first; its body is not recorded again.",
                          window),
              "");
}

}  // namespace

bool can_replay(const IncomingRequest& request) {
  switch (request.state) {
    case RequestState::failed:
    case RequestState::skipped:
      return true;
    case RequestState::done:
      return request.body.size() == request.body_size;
    default:
      return false;
  }
}

Html request_verdict(const IncomingRequest& request, const std::optional<IncomingHook>& hook) {
  switch (request.state) {
    case RequestState::pending:
      return told("", "pending", "Recorded and answered; waiting for its action.",
                  "thig-hooks serve-incoming runs the actions in order.", "");
    case RequestState::done:
      return told("", "delivered", fmt::format("Done: {}.", outcome_line(request)), "", "");
    case RequestState::skipped:
      return told("", "off", "Skipped: a condition of the webhook was not met.",
                  fmt::format("{}. The action did not run; this is not an error.",
                              capital(outcome_line(request))),
                  "");
    case RequestState::failed:
      return told_of_failed(request);
    case RequestState::duplicate:
      return told_of_duplicate(hook);
    case RequestState::rejected:
      return told_of_rejected(request, hook);
  }
  return {};
}

}  // namespace thig::pages

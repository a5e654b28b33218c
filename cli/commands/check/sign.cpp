#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/flags/scheme_flags.h"
#include "cli/flags/time_range.h"
#include "cli/views/render.h"
#include "core/api/message_check.h"
#include "core/api/message_signing.h"
#include "core/api/shell_words.h"
#include "core/api/words.h"
#include "core/base/codec.h"
#include "core/rules/url_rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

class Sign final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Prints the headers that a sender would send with this body, ready for curl. It is the "
        "counterpart of `thig-hooks verify`. By default it signs as thig-hooks signs deliveries.");
    flags.example(
        "thig-hooks sign --secret-file crm.secret --body event.json --curl --url "
        "https://crm.example.com/hooks | sh",
        "Send a signed body");
    flags.example("thig-hooks sign --scheme github --secret-file s < push.json > headers",
                  "Create the header that GitHub would send, for `curl -H @headers`");
    flags.example(
        "thig-hooks sign --scheme generic --signature-header x-sig --prefix sha256= --secret-file "
        "s --body b",
        "Sign like a sender without a built-in scheme");
    secrets_.declare(flags);
    flags.text("--body", "FILE", body_file_, "Raw body; - for standard input");
    flags.text("--id", "ID", id_, "Message id").fallback = "a new one";
    flags
        .custom("--timestamp", "T", "Time of the signature: RFC 3339, or seconds since 1970",
                [this](const std::string& text) -> Status {
                  THIG_TRY_ASSIGN(time, parse_time(text));
                  timestamp_ = time;
                  return {};
                })
        .fallback = "now";
    flags.text("--url", "URL", url_, "Receiver's URL, for --curl and for schemes that sign it");
    flags.toggle("--curl", curl_, "Print a curl command that sends the body from its file");
    scheme_.name = "delivery";
    scheme_.declare(flags, {"delivery"});
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY(check_call());
    THIG_TRY_ASSIGN(secrets, read_secrets(context, secrets_));
    std::vector<SigningKey> keys;
    for (const std::string& secret : secrets) keys.push_back(signing_key(secret));
    THIG_TRY_ASSIGN(schemes, choose_schemes(context, keys));
    THIG_TRY_ASSIGN(body, read_input(context, body_file_, longest_message_body, "--body"));
    const MessageToSign message{.body = body, .url = url_, .id = id_, .timestamp = timestamp_};
    THIG_TRY(check_signed_fields(*schemes.front(), message, command_wording()));
    tell_of_unused(context, schemes, keys);
    THIG_TRY_ASSIGN(request, sign_message(schemes, keys, message, context.now(), context.random(),
                                          command_wording()));
    write(context, schemes, request, body);
    return ExitCode::done;
  }

 private:
  Status check_call() const {
    if (curl_ && body_file_ == "-") {
      return fail(ErrorCode::usage, "--curl needs the body in a file", "pass it with --body FILE");
    }
    if (curl_ && url_.empty()) {
      return fail(ErrorCode::usage, "--curl needs a URL", "pass the receiver's URL with --url URL");
    }
    for (const std::string& text : {id_.value_or(""), url_}) {
      if (printable(text) == text) continue;
      return fail(ErrorCode::invalid, "--id and --url must not contain control characters");
    }
    if (!url_.empty()) THIG_TRY(check_signed_url(url_));
    const bool secret_on_stdin = std::ranges::find(secrets_.files, "-") != secrets_.files.end();
    if (body_file_ == "-" && secret_on_stdin) {
      return fail(ErrorCode::usage, "standard input can be read only once",
                  "pass the body with --body FILE");
    }
    return {};
  }

  Result<std::vector<const Scheme*>> choose_schemes(Context& context,
                                                    std::span<const SigningKey> keys) {
    THIG_TRY_ASSIGN(schemes, scheme_.schemes());
    const bool delivery = scheme_.name == "delivery";
    const bool standard = !keys.front().standard.empty();
    if (delivery) schemes = schemes_of_delivery(keys);
    THIG_TRY(check_can_sign(schemes, keys));
    if (delivery && !standard) {
      context.note(
          "this is not a Standard Webhooks secret, so only the plain signature is made, as with "
          "--signature thig");
    }
    if (schemes.front()->algorithm == SignatureAlgorithm::token) {
      context.note("note: with this scheme the header is the secret itself; nothing is signed");
    }
    return schemes;
  }

  static void tell_of_unused(Context& context, std::span<const Scheme* const> schemes,
                             std::span<const SigningKey> keys) {
    const auto [used, room_for_one] = used_keys(schemes, keys);
    if (used == keys.size()) return;
    context.note(fmt::format("note: signed with only {} of {} secrets: {}", used, keys.size(),
                             room_for_one
                                 ? "the header has room for one signature"
                                 : "the other secrets are not valid keys for this scheme"));
  }

  std::string curl_command(std::span<const Header> headers, std::string_view content_type) const {
    // It fails where the receiver says no, and takes the URL as it is signed.
    std::string command = fmt::format(R"(curl -g -sS --fail-with-body -w '%{{http_code}}\n')");
    command += fmt::format(" \\\n  --data-binary {}", single_quoted("@" + body_file_));
    command +=
        fmt::format(" \\\n  -H {}", single_quoted(fmt::format("content-type: {}", content_type)));
    for (const Header& header : headers) {
      command += fmt::format(" \\\n  -H {}", single_quoted(header.name + ": " + header.value));
    }
    return command + fmt::format(" \\\n  --url {}", single_quoted(url_));
  }

  void write(Context& context, std::span<const Scheme* const> schemes, const SignedRequest& request,
             std::string_view body) const {
    const std::string command =
        curl_ ? curl_command(request.headers, content_type_of(body, schemes)) : std::string();
    if (context.json()) {
      context.out().line(signed_request_document(request, scheme_.name, command));
    } else if (curl_) {
      context.out().line(command);
    } else {
      for (const Header& header : request.headers) {
        context.out().line(fmt::format("{}: {}", header.name, header.value));
      }
    }
    for (const Scheme* scheme : schemes) {
      context.explain(
          fmt::format("{} signs {}", describe(*scheme),
                      scheme->content.empty() ? to_text(scheme->algorithm) : scheme->content));
    }
  }

  SecretListFlags secrets_;
  SchemeFlags scheme_;
  std::string body_file_ = "-";
  std::optional<std::string> id_;
  std::optional<Time> timestamp_;
  std::string url_;
  bool curl_ = false;
};

}  // namespace

std::unique_ptr<Command> make_sign() {
  return std::make_unique<Sign>();
}

}  // namespace thig

#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/flags/scheme_flags.h"
#include "cli/views/detail.h"
#include "cli/views/webhook_view.h"
#include "core/api/command_wording.h"
#include "core/api/message_check.h"
#include "core/api/words.h"
#include "core/rules/header_text.h"
#include "core/rules/url_rules.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t longest_headers = 1u << 20;
class Verify final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Checks the signature and the age of a message. If the signature does not match, it "
        "explains why: it tries the usual mistakes and reports the one that makes it match. Exits "
        "0 only if the signature is valid and recent, otherwise 1.");
    flags.about(
        "Pass the body exactly as it was received, byte for byte. Headers may be as curl or a log "
        "prints them. With --scheme auto the headers decide which scheme is checked; a receiver "
        "should always name the scheme.");
    flags.example(
        "thig-hooks verify --secret-file crm.secret --headers headers.txt --body body.json",
        "Verify a saved delivery");
    flags.example(
        "thig-hooks verify --secret-file s --id dlv_1 --timestamp 1768473000 --signature 'v1,…' < "
        "body",
        "Pass the three headers one by one");
    flags.example(
        "thig-hooks verify --scheme github --secret-file s --header 'X-Hub-Signature-256: "
        "sha256=…' --body push.json --json",
        "Verify a webhook from GitHub");
    secrets_.declare(flags);
    flags.text("--headers", "FILE", headers_file_, "Headers, one per line; - for standard input");
    flags.texts("--header", "'NAME: VALUE'", header_lines_, "A header");
    flags.text("--id", "ID", id_, "Value of the scheme's id header");
    flags.text("--timestamp", "T", timestamp_, "Value of the scheme's timestamp header");
    flags.text("--signature", "TEXT", signature_, "Value of the scheme's signature header");
    flags.text("--body", "FILE", body_file_, "Raw body; - for standard input");
    flags.text("--url", "URL", url_,
               "URL as the sender knows it, for schemes that sign it (square, twilio)");
    flags
        .duration("--tolerance", tolerance_,
                  "Maximum age of the signature, and how far in the future it may be")
        .fallback = "the scheme's own, usually 5m";
    flags.custom("--now", "TIME", "Check the age as of this time: RFC 3339, or seconds since 1970",
                 [this](const std::string& text) -> Status {
                   THIG_TRY_ASSIGN(time, parse_time(text));
                   now_ = time;
                   return {};
                 });
    flags.toggle("--ignore-timestamp", ignore_age_, "Accept any age");
    scheme_.name = "auto";
    scheme_.declare(flags, {"auto"});
  }

  Result<ExitCode> run(Context& context) override {
    THIG_TRY_ASSIGN(schemes, scheme_.schemes());
    if (!url_.empty()) THIG_TRY(check_signed_url(url_));
    THIG_TRY(check_stdin(needs_body(schemes)));
    THIG_TRY_ASSIGN(secrets, read_secrets(context, secrets_));
    THIG_TRY_ASSIGN(headers, read_headers(context, schemes));
    std::string body;
    if (needs_body(schemes)) {
      THIG_TRY_ASSIGN(read, read_input(context, body_file_, longest_message_body, "--body"));
      body = std::move(read);
    }
    const ReceivedMessage message{.headers = headers, .body = body, .url = url_};
    if (scheme_.name == "auto") schemes = detect_schemes(message);
    if (schemes.empty() && (id_ || timestamp_)) schemes = schemes_named("standard");

    const MessageCheck check = check_message(
        schemes, secrets, message,
        {.now = now_.value_or(context.now()), .tolerance = tolerance_, .ignore_age = ignore_age_});
    if (context.json()) {
      context.out().line(message_check_document(check, secrets, command_wording()));
    } else {
      write_text(context, check, secrets);
    }
    warn_of_detection(context, check.verification);
    if (check.url_missing) {
      context.note("this sender also signs the URL: pass it as the sender knows it, with --url");
    }
    return check.verification.valid() ? ExitCode::done : ExitCode::no;
  }

 private:
  Status check_stdin(bool for_body) const {
    const auto in = [](const std::string& file) { return file == "-" ? 1 : 0; };
    int readers = (for_body ? in(body_file_) : 0) + in(headers_file_);
    for (const std::string& file : secrets_.files) readers += in(file);
    if (readers <= 1) return {};
    return fail(ErrorCode::usage, "standard input can be read only once",
                "pass the others as files, such as --body FILE");
  }

  // Whoever sends it chooses the headers, and with them what is checked.
  void warn_of_detection(Context& context, const Verification& verification) const {
    if (scheme_.name != "auto" || !verification.valid()) return;
    if (verification.age != AgeVerdict::not_signed) return;
    context.warn(
        fmt::format("detected {} from a header; it signs no timestamp. A receiver should name the "
                    "scheme: --scheme {}",
                    verification.scheme->sender, verification.scheme->name));
  }

  static bool needs_body(const std::vector<const Scheme*>& schemes) {
    return schemes.empty() || std::ranges::any_of(schemes, [](const Scheme* scheme) {
             return scheme->algorithm != SignatureAlgorithm::token;
           });
  }

  Result<std::vector<Header>> read_headers(Context& context,
                                           const std::vector<const Scheme*>& schemes) const {
    std::vector<Header> headers;
    if (!headers_file_.empty()) {
      THIG_TRY_ASSIGN(text, read_input(context, headers_file_, longest_headers, "--headers"));
      auto read = parse_header_text(text);
      if (!read) {
        Error error = std::move(read).error();
        error.text = fmt::format("--headers: {}: {}", headers_file_, error.text);
        return std::unexpected(std::move(error));
      }
      headers = std::move(*read);
    }
    for (const std::string& line : header_lines_) {
      THIG_TRY_ASSIGN(header, parse_header(line));
      headers.push_back(std::move(header));
    }
    THIG_TRY(add_flag_headers(headers, schemes));
    if (headers.empty()) {
      return fail(ErrorCode::usage, "no headers given",
                  "pass --headers FILE, or --id, --timestamp and --signature");
    }
    return headers;
  }

  // Without a scheme the three flags are those of Standard Webhooks, and of our own deliveries.
  Status add_flag_headers(std::vector<Header>& headers,
                          const std::vector<const Scheme*>& schemes) const {
    const Scheme& scheme = schemes.empty() ? *schemes_named("standard").front() : *schemes.front();
    const auto add = [&](const std::optional<std::string>& value, const std::string& name,
                         std::string_view flag) -> Status {
      if (!value) return {};
      if (name.empty()) {
        return fail(ErrorCode::usage, fmt::format("{} is not a header of {}", flag, scheme.name),
                    "pass its headers with --header 'Name: value', or --headers FILE");
      }
      headers.push_back({name, *value});
      return {};
    };
    THIG_TRY(add(id_, scheme.id_header, "--id"));
    const bool in_header = scheme.timestamp == TimestampPlace::header;
    THIG_TRY(add(timestamp_, in_header ? scheme.timestamp_name : "", "--timestamp"));
    return add(signature_, scheme.header, "--signature");
  }

  static void write_text(Context& context, const MessageCheck& check,
                         std::span<const std::string> secrets) {
    const Verification& verification = check.verification;
    Detail detail(context.for_eyes(), context.out_colour(), check.now);
    const bool right = verification.signature == SignatureVerdict::valid;
    if (right && !verification.valid()) {
      detail.add("verdict",
                 Cell{.text = "not valid: the signature matches, but its age is not acceptable",
                      .style = Style::bad});
    }
    detail.add("signature", Cell{.text = describe_signature(verification),
                                 .style = right ? Style::good : Style::bad});
    if (right) {
      detail.add("scheme", describe(*verification.scheme));
      detail.add("secret", name_of_secret(secrets, verification.key_index));
      detail.add("age", Cell{.text = describe_age(check),
                             .style = verification.valid() ? Style::good : Style::bad});
    } else {
      const bool tried = verification.problem.empty();
      for (std::size_t i = 0; tried && i < secrets.size(); ++i) {
        detail.add("tried", name_of_secret(secrets, i));
      }
    }
    for (const Remark& explanation : check.explanations) {
      detail.add("perhaps", command_wording().text(explanation));
    }
    context.out().write(detail.take());
    if (!right && check.explanations.empty() && verification.problem.empty()) {
      context.note(check.by_token ? "the token does not match any given secret. This scheme signs "
                                    "nothing: compare the token with the sender's settings"
                                  : "none of the usual mistakes explains it: it was signed with "
                                    "another secret, or the body was changed in another way");
    }
  }

  static std::string describe_signature(const Verification& verification) {
    if (!verification.problem.empty()) return verification.problem;
    return verification.signature == SignatureVerdict::valid ? "valid"
                                                             : "not valid: no signature matches";
  }

  static std::string describe_age(const MessageCheck& check) {
    const Verification& verification = check.verification;
    const Scheme& scheme = *verification.scheme;
    if (verification.age == AgeVerdict::not_signed) {
      return fmt::format("not known: {} signs no timestamp", scheme.sender);
    }
    if (check.of_no_era()) {
      return verification.age == AgeVerdict::ignored
                 ? "more than a thousand years in the future, and ignored"
                 : "not acceptable: more than a thousand years in the future";
    }
    const std::int64_t seconds = check.age_in_seconds();
    const std::string age =
        format_duration(Millis{std::chrono::seconds(seconds < 0 ? -seconds : seconds)});
    const std::string tolerance = format_duration(verification.tolerance);
    const char* direction = seconds < 0 ? "in the future" : "old";
    switch (verification.age) {
      case AgeVerdict::ignored:
        return fmt::format("{} {}, and ignored", age, direction);
      case AgeVerdict::fresh:
        return fmt::format("ok: {} {}, within {}", age, direction, tolerance);
      default:
        return fmt::format("not acceptable: {} {}, more than {}", age, direction, tolerance);
    }
  }

  SecretListFlags secrets_;
  SchemeFlags scheme_;
  std::string headers_file_;
  std::vector<std::string> header_lines_;
  std::optional<std::string> id_;
  std::optional<std::string> timestamp_;
  std::optional<std::string> signature_;
  std::string body_file_ = "-";
  std::string url_;
  std::optional<Millis> tolerance_;
  std::optional<Time> now_;
  bool ignore_age_ = false;
};

}  // namespace

std::unique_ptr<Command> make_verify() {
  return std::make_unique<Verify>();
}

}  // namespace thig

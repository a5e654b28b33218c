#include "cli/app/command.h"
#include "cli/commands/check/check.h"
#include "cli/files/input.h"
#include "cli/flags/scheme_flags.h"
#include "cli/terminal/shell_words.h"
#include "cli/views/render.h"
#include "core/api/words.h"
#include "core/base/codec.h"
#include "core/rules/signing.h"
#include "core/rules/url_rules.h"
#include "core/rules/verification.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace thig {
namespace {

std::string content_type_of(std::string_view body, std::span<const Scheme* const> schemes) {
  if (check_json(body, {.bytes = longest_message_body})) return "application/json";
  const bool form = std::ranges::any_of(schemes, [](const Scheme* scheme) {
    return scheme->content.find("{form}") != std::string::npos;
  });
  return form ? "application/x-www-form-urlencoded" : "application/octet-stream";
}

class Sign final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.about(
        "Prints the headers that a sender would send with this body, ready for curl; the mirror of "
        "`thig-hooks verify`. By default they are those of a delivery of thig-hooks.");
    flags.example(
        "thig-hooks sign --secret-file crm.secret --body event.json --curl --url "
        "https://crm.example.com/hooks | sh",
        "Send a signed body");
    flags.example("thig-hooks sign --scheme github --secret-file s < push.json > headers",
                  "Make the header that GitHub would send, for `curl -H @headers`");
    flags.example(
        "thig-hooks sign --scheme generic --signature-header x-sig --prefix sha256= --secret-file "
        "s --body b",
        "Sign as some other sender does");
    secrets_.declare(flags);
    flags.text("--body", "FILE", body_file_, "The raw body; - for standard input");
    flags.text("--id", "ID", id_, "The id of the message").fallback = "a fresh one";
    flags
        .custom("--timestamp", "T", "When it is signed: RFC 3339, or seconds since 1970",
                [this](const std::string& text) -> Status {
                  THIG_TRY_ASSIGN(time, parse_time(text));
                  timestamp_ = time;
                  return {};
                })
        .fallback = "now";
    flags.text("--url", "URL", url_, "Where it goes: for schemes that sign it, and for --curl");
    flags.toggle("--curl", curl_, "Write a curl command that sends the body from its file");
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
    const std::string id = id_.value_or(fresh_id(context));
    const long long millis = to_millis(timestamp_.value_or(context.now()));
    const std::string timestamp =
        std::to_string(schemes.front()->in_milliseconds ? millis : millis / 1000);
    THIG_TRY(check_flags_of(*schemes.front()));
    tell_of_unused(context, schemes, keys);
    const auto headers =
        sign(schemes, keys, {.id = id, .timestamp = timestamp, .url = url_, .body = body});
    THIG_TRY(check_readable(schemes, headers, body));
    write(context, schemes, headers, body);
    return ExitCode::done;
  }

 private:
  Status check_call() const {
    if (curl_ && body_file_ == "-") {
      return fail(ErrorCode::usage, "--curl needs the body in a file", "name it with --body FILE");
    }
    if (curl_ && url_.empty()) {
      return fail(ErrorCode::usage, "--curl needs to know where to send it",
                  "name the receiver with --url URL");
    }
    for (const std::string& text : {id_.value_or(""), url_}) {
      if (printable(text) == text) continue;
      return fail(ErrorCode::invalid, "--id and --url may hold no control characters");
    }
    if (!url_.empty()) THIG_TRY(check_signed_url(url_));
    const bool secret_on_stdin = std::ranges::find(secrets_.files, "-") != secrets_.files.end();
    if (body_file_ == "-" && secret_on_stdin) {
      return fail(ErrorCode::usage, "standard input can be read only once",
                  "name the body's file with --body FILE");
    }
    return {};
  }

  Result<std::vector<const Scheme*>> choose_schemes(Context& context,
                                                    std::span<const SigningKey> keys) {
    THIG_TRY_ASSIGN(schemes, scheme_.schemes());
    const bool delivery = scheme_.name == "delivery";
    const bool standard = !keys.front().standard.empty();
    if (delivery) {
      const auto rows = delivery_schemes(standard ? SignatureMode::both : SignatureMode::thig);
      schemes.assign(rows.begin(), rows.end());
    }
    const bool able = std::ranges::any_of(schemes, [&](const Scheme* scheme) {
      return std::ranges::any_of(keys,
                                 [&](const SigningKey& key) { return can_sign(*scheme, key); });
    });
    if (!able) return cannot_sign(*schemes.front());
    if (delivery && !standard) {
      context.note(
          "the secret is no Standard Webhooks secret, so this is signed as --signature thig is");
    }
    if (schemes.front()->algorithm == SignatureAlgorithm::token) {
      context.note("note: the header is the secret itself; nothing is signed");
    }
    return schemes;
  }

  static std::unexpected<Error> cannot_sign(const Scheme& scheme) {
    return fail(ErrorCode::invalid, fmt::format("the secret cannot sign as {} does, {}",
                                                scheme.sender, key_description(scheme)));
  }

  // What is given for nothing would be taken for signed.
  Status check_flags_of(const Scheme& scheme) const {
    const auto useless = [&](const std::string& flag) {
      return fail(ErrorCode::usage,
                  fmt::format("{} is of no use: {} signs no such thing", flag, scheme.sender));
    };
    if (id_ && scheme.id_header.empty()) return useless("--id");
    if (timestamp_ && scheme.timestamp != TimestampPlace::header &&
        scheme.timestamp != TimestampPlace::field) {
      return useless("--timestamp");
    }
    return {};
  }

  static void tell_of_unused(Context& context, std::span<const Scheme* const> schemes,
                             std::span<const SigningKey> keys) {
    const auto able = static_cast<std::size_t>(std::ranges::count_if(keys, [&](const auto& key) {
      return std::ranges::any_of(schemes, [&](const Scheme* s) { return can_sign(*s, key); });
    }));
    const bool room_for_one = schemes.front()->list == SignatureList::single && able > 1;
    const std::size_t used = room_for_one ? 1 : able;
    if (used == keys.size()) return;
    context.note(fmt::format("note: only {} of {} secrets signed this: {}", used, keys.size(),
                             room_for_one ? "the header has room for one signature"
                                          : "what else was given is no key of this scheme"));
  }

  static std::string fresh_id(Context& context) {
    std::array<std::byte, 12> bytes{};
    context.random().fill(bytes);
    return "msg_" + to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  // What no receiver could make sense of is not given out.
  Status check_readable(std::span<const Scheme* const> schemes, std::span<const Header> headers,
                        std::string_view body) const {
    std::string problem;
    for (const Scheme* scheme : schemes) {
      auto reading = read_message(*scheme, {.headers = headers, .body = body, .url = url_});
      if (reading.problem.empty()) return {};
      if (problem.empty() || !reading.missing) problem = std::move(reading.problem);
    }
    return fail(ErrorCode::invalid, fmt::format("no receiver would accept this: {}", problem),
                signs_url(*schemes.front()) && url_.empty() ? "name the URL with --url" : "");
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

  void write(Context& context, std::span<const Scheme* const> schemes,
             std::span<const Header> headers, std::string_view body) const {
    const std::string command =
        curl_ ? curl_command(headers, content_type_of(body, schemes)) : std::string();
    if (context.json()) {
      JsonWriter json;
      json.begin_object().key("scheme").text(scheme_.name).key("headers").begin_array();
      for (const Header& header : headers) {
        json.begin_object().key("name").text(header.name);
        json.key("value").text(header.value).end_object();
      }
      json.end_array().key("signs").begin_array();
      for (const Scheme* scheme : schemes) json.text(scheme->content);
      json.end_array();
      write_text_or_null(json, "curl", command);
      context.out().line(json.end_object().take());
    } else if (curl_) {
      context.out().line(command);
    } else {
      for (const Header& header : headers) {
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

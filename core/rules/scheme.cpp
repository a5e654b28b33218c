#include "core/rules/scheme.h"

#include "core/base/codec.h"
#include "core/base/enum_names.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace thig {
namespace {

using enum SignatureAlgorithm;
using enum SignatureList;
using enum TimestampPlace;
constexpr auto hex = SignatureEncoding::hex;
constexpr auto base64 = SignatureEncoding::base64;

constexpr Millis one_minute{60'000};

// The three headers of Standard Webhooks, which some send under a name of their own.
Scheme standard(std::string name, std::string sender, std::string_view family) {
  return {.name = std::move(name),
          .variant = "v1",
          .sender = std::move(sender),
          .header = fmt::format("{}-signature", family),
          .list = tokens,
          .prefix = "v1,",
          .encoding = base64,
          .key = KeyForm::standard,
          .content = "{id}.{timestamp}.{body}",
          .id_header = fmt::format("{}-id", family),
          .timestamp = header,
          .timestamp_name = fmt::format("{}-timestamp", family),
          .delivery_id = {ValueSource::header, fmt::format("{}-id", family)}};
}

Scheme standard_ed25519(std::string name, std::string sender, std::string_view family) {
  Scheme scheme = standard(std::move(name), std::move(sender), family);
  scheme.variant = "v1a";
  scheme.prefix = "v1a,";
  scheme.algorithm = ed25519;
  scheme.key = KeyForm::ed25519;
  return scheme;
}

Scheme own(std::string variant, SignatureList list, std::string prefix) {
  Scheme scheme = standard("thig", "thig", "webhook");
  scheme.variant = std::move(variant);
  scheme.list = list;
  scheme.prefix = std::move(prefix);
  scheme.encoding = hex;
  scheme.key = KeyForm::verbatim;
  scheme.content = "{timestamp}.{body}";
  scheme.sends_forms = true;
  return scheme;
}

Scheme body_alone(std::string name, std::string sender, std::string in, std::string prefix,
                  SignatureEncoding encoding) {
  return {.name = std::move(name),
          .variant = {},
          .sender = std::move(sender),
          .header = std::move(in),
          .prefix = std::move(prefix),
          .encoding = encoding,
          .content = "{body}"};
}

Scheme version_and_time(std::string name, std::string sender, std::string in,
                        std::string timestamp_header) {
  return {.name = std::move(name),
          .variant = {},
          .sender = std::move(sender),
          .header = std::move(in),
          .prefix = "v0=",
          .content = "v0:{timestamp}:{body}",
          .timestamp = header,
          .timestamp_name = std::move(timestamp_header)};
}

Scheme twilio(std::string variant, std::string content, UrlBodyHash hash) {
  return {.name = "twilio",
          .variant = std::move(variant),
          .sender = "Twilio",
          .header = "x-twilio-signature",
          .algorithm = hmac_sha1,
          .encoding = base64,
          .content = std::move(content),
          .url_body_hash = hash,
          .sends_forms = true};
}

Scheme with_delivery_id(Scheme scheme, ValueSource source, std::string text) {
  scheme.delivery_id = {source, std::move(text)};
  return scheme;
}

// Where two rows read the same header, the first one that matches gives the name.
std::vector<Scheme> make_table() {
  Scheme linear = body_alone("linear", "Linear", "linear-signature", "", hex);
  linear.timestamp = body;
  linear.timestamp_name = "webhookTimestamp";
  linear.in_milliseconds = true;
  linear.tolerance = one_minute;
  linear.delivery_id = {ValueSource::header, "linear-delivery"};

  Scheme github = body_alone("github", "GitHub", "x-hub-signature-256", "sha256=", hex);
  github.delivery_id = {ValueSource::header, "x-github-delivery"};
  // workflow_dispatch and repository_dispatch: the same button, pressed twice.
  github.repeatable = {"/inputs", "/client_payload"};
  github.sends_forms = true;

  Scheme slack =
      version_and_time("slack", "Slack", "x-slack-signature", "x-slack-request-timestamp");
  slack.delivery_id = {ValueSource::pointer, "/event_id"};
  slack.sends_forms = true;

  Scheme square = body_alone("square", "Square", "x-square-hmacsha256-signature", "", base64);
  square.content = "{url}{body}";
  square.delivery_id = {ValueSource::pointer, "/event_id"};

  return {
      standard("standard", "Standard Webhooks", "webhook"),
      standard_ed25519("standard", "Standard Webhooks", "webhook"),
      standard("svix", "Svix", "svix"),
      standard_ed25519("svix", "Svix", "svix"),
      own("t1", tokens, "t1,"),
      own("bare", single, ""),
      std::move(github),
      {.name = "gitlab",
       .variant = {},
       .sender = "GitLab",
       .header = "x-gitlab-token",
       .algorithm = token,
       .delivery_id = {ValueSource::header, "x-gitlab-event-uuid"}},
      {.name = "stripe",
       .variant = {},
       .sender = "Stripe",
       .header = "stripe-signature",
       .list = fields,
       .prefix = "v1",
       .content = "{timestamp}.{body}",
       .timestamp = field,
       .timestamp_name = "t",
       .delivery_id = {ValueSource::pointer, "/id"}},
      std::move(slack),
      with_delivery_id(body_alone("shopify", "Shopify", "x-shopify-hmac-sha256", "", base64),
                       ValueSource::header, "x-shopify-webhook-id"),
      std::move(linear),
      version_and_time("zoom", "Zoom", "x-zm-signature", "x-zm-request-timestamp"),
      std::move(square),
      twilio("form", "{url}{form}", UrlBodyHash::absent),
      twilio("json", "{url}", UrlBodyHash::required),
      body_alone("meta", "Meta", "x-hub-signature-256", "sha256=", hex),
      {.name = "discord",
       .variant = {},
       .sender = "Discord",
       .header = "x-signature-ed25519",
       .algorithm = SignatureAlgorithm::ed25519,
       .key = KeyForm::ed25519,
       .content = "{timestamp}{body}",
       .timestamp = header,
       .timestamp_name = "x-signature-timestamp"},
  };
}

const std::vector<Scheme>& table() {
  static const std::vector<Scheme> rows = make_table();
  return rows;
}

const Scheme* row(std::string_view name, std::string_view variant) {
  const auto found = std::ranges::find_if(table(), [&](const Scheme& scheme) {
    return scheme.name == name && scheme.variant == variant;
  });
  return &*found;
}

constexpr EnumName<SignatureAlgorithm> algorithm_names[] = {
    {hmac_sha1, "HMAC-SHA1"}, {hmac_sha256, "HMAC-SHA256"}, {hmac_sha512, "HMAC-SHA512"},
    {ed25519, "Ed25519"},     {token, "the secret itself"},
};

}  // namespace

std::string_view to_text(SignatureAlgorithm algorithm) {
  return enum_name(algorithm_names, algorithm);
}

std::string_view to_text(SignatureEncoding encoding) {
  return encoding == SignatureEncoding::hex ? "hex" : "base64";
}

std::string describe(const Scheme& scheme) {
  return scheme.variant.empty() ? scheme.name : fmt::format("{} ({})", scheme.name, scheme.variant);
}

std::span<const Scheme> scheme_table() {
  return table();
}

std::vector<std::string> scheme_names() {
  std::vector<std::string> names;
  for (const Scheme& scheme : table()) {
    if (std::ranges::find(names, scheme.name) == names.end()) names.push_back(scheme.name);
  }
  return names;
}

std::vector<const Scheme*> schemes_named(std::string_view name) {
  std::vector<const Scheme*> rows;
  for (const Scheme& scheme : table()) {
    if (scheme.name == name) rows.push_back(&scheme);
  }
  return rows;
}

std::span<const Scheme* const> delivery_schemes(SignatureMode mode) {
  static const std::array<const Scheme*, 2> both = {row("standard", "v1"), row("thig", "t1")};
  static const std::array<const Scheme*, 1> bare = {row("thig", "bare")};
  switch (mode) {
    case SignatureMode::both:
      return both;
    case SignatureMode::standard:
      return std::span(both).first(1);
    case SignatureMode::thig:
      return bare;
  }
  return bare;
}

Status check_scheme(const Scheme& scheme) {
  const std::string& content = scheme.content;
  const auto wrong = [&](std::string_view text) {
    return fail(ErrorCode::invalid, fmt::format("the signed content \"{}\" {}", content, text),
                "it is text with {id}, {timestamp}, {url}, {form} and {body}");
  };
  for (auto at = content.find_first_of("{}"); at != content.npos;) {
    const auto end = content.find('}', at);
    if (content[at] == '}' || end == content.npos) return wrong("has an unmatched brace");
    const std::string placeholder = content.substr(at, end + 1 - at);
    const std::string_view known[] = {"{id}", "{timestamp}", "{url}", "{form}", "{body}"};
    if (std::ranges::find(known, placeholder) == std::end(known)) {
      return wrong(fmt::format("has an unknown {}", placeholder));
    }
    if (placeholder == "{id}" && scheme.id_header.empty()) return wrong("needs the id's header");
    if (placeholder == "{id}" && text_after_id(scheme).empty()) {
      return wrong("needs some text after {id} that shows where the id ends");
    }
    if (placeholder == "{timestamp}" && scheme.timestamp == nowhere) {
      return wrong("needs the timestamp's header");
    }
    at = content.find_first_of("{}", end + 1);
  }
  if (!is_plain_text(scheme.prefix + content)) {
    return fail(ErrorCode::invalid,
                "the prefix and the signed content must not contain control characters");
  }
  if (content.find("{body}") == content.npos && content.find("{form}") == content.npos) {
    return wrong("leaves the body out");
  }
  return {};
}

std::string_view text_after_id(const Scheme& scheme) {
  const std::string_view content = scheme.content;
  const auto at = content.find("{id}");
  if (at == content.npos) return {};
  const auto rest = content.substr(at + 4);
  return rest.substr(0, rest.find('{'));
}

bool signs_delivery_id(const Scheme& scheme) {
  // Whoever knows the token is the sender, in all that is said.
  if (scheme.algorithm == token) return true;
  if (scheme.content.contains("{id}")) return true;
  return scheme.delivery_id.source == ValueSource::pointer && !scheme.delivery_id.text.empty();
}

bool signs_form(const Scheme& scheme) {
  return scheme.content.contains("{form}");
}

bool signs_url(const Scheme& scheme) {
  return scheme.content.find("{url}") != scheme.content.npos;
}

}  // namespace thig

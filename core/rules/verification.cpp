#include "core/rules/verification.h"

#include "core/base/codec.h"
#include "core/base/ed25519.h"
#include "core/base/enum_names.h"
#include "core/base/hmac.h"
#include "core/base/json.h"
#include "core/rules/form.h"
#include "core/rules/signing.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t most_signatures = 64;
// Each costs a pass over the whole message, and there is no secret that skipping some would betray.
constexpr std::size_t most_public_key_signatures = 8;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(' ') == text.npos;
}

// Digits alone, as they are signed: no sign, no leading zero, at most 15.
std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!plain || text.empty() || text.size() > 15) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The parts between separators, without those that are empty; nothing if there are too many.
std::optional<std::vector<std::string_view>> split(std::string_view list, char separator) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    if (end > 0) parts.push_back(list.substr(0, end));
    if (parts.size() > most_signatures) return std::nullopt;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

class Reader {
 public:
  Reader(const Scheme& scheme, const ReceivedMessage& message)
      : scheme_(scheme), message_(message) {}

  SchemeReading read() {
    const auto value = header(scheme_.header);
    if (value) read_signatures(*value);
    if (good() && !scheme_.id_header.empty()) read_id();
    if (good()) read_timestamp(value.value_or(""));
    if (good()) check_url();
    if (good()) check_form();
    return std::move(reading_);
  }

 private:
  bool good() const { return reading_.problem.empty(); }

  void malformed(std::string problem) { reading_.problem = std::move(problem); }
  void missing(std::string problem) {
    reading_.problem = std::move(problem);
    reading_.missing = true;
  }

  // The header's one value.
  std::optional<std::string_view> header(const std::string& name) {
    std::optional<std::string_view> found;
    for (const Header& each : message_.headers) {
      if (ascii_lower(each.name) != name) continue;
      if (found && *found != each.value) {
        malformed(fmt::format("there are two {} headers that differ", name));
        return std::nullopt;
      }
      found = each.value;
    }
    if (!found) {
      missing(fmt::format("there is no {} header", name));
    } else if (is_blank(*found)) {
      missing(fmt::format("the {} header is empty", name));
    }
    return good() ? found : std::nullopt;
  }

  void read_signatures(std::string_view value) {
    if (scheme_.list == SignatureList::single) {
      if (!value.starts_with(scheme_.prefix)) {
        return malformed(
            fmt::format("{} does not begin with \"{}\"", scheme_.header, scheme_.prefix));
      }
      reading_.signatures.push_back(value.substr(scheme_.prefix.size()));
      return;
    }
    const bool fields = scheme_.list == SignatureList::fields;
    const auto parts = split(value, fields ? ',' : ' ');
    if (!parts) return too_many(most_signatures);
    const std::string prefix = fields ? scheme_.prefix + "=" : scheme_.prefix;
    for (const std::string_view part : *parts) {
      if (part.starts_with(prefix)) reading_.signatures.push_back(part.substr(prefix.size()));
    }
    const bool public_key = scheme_.algorithm == SignatureAlgorithm::ed25519;
    if (public_key && reading_.signatures.size() > most_public_key_signatures) {
      too_many(most_public_key_signatures);
    }
  }

  void too_many(std::size_t most) {
    malformed(fmt::format("{} holds more than {} signatures", scheme_.header, most));
  }

  void read_id() {
    const auto id = header(scheme_.id_header);
    if (!id) return;
    // It separates what is signed: with one more, two messages could have one signature.
    const auto after = text_after_id(scheme_);
    const std::string_view separator = after.empty() ? "." : after;
    if (id->find(separator) != id->npos) {
      return malformed(fmt::format("{} holds a \"{}\", which an id must not contain",
                                   scheme_.id_header, separator));
    }
    reading_.id = *id;
  }

  void read_timestamp(std::string_view signature_value) {
    switch (scheme_.timestamp) {
      case TimestampPlace::nowhere:
        return;
      case TimestampPlace::header:
        if (const auto value = header(scheme_.timestamp_name)) {
          take_timestamp(scheme_.timestamp_name, *value);
        }
        return;
      case TimestampPlace::field:
        return read_timestamp_field(signature_value);
      case TimestampPlace::body:
        return read_timestamp_member();
    }
  }

  void read_timestamp_field(std::string_view signature_value) {
    const std::string prefix = scheme_.timestamp_name + "=";
    std::optional<std::string_view> found;
    const auto parts = split(signature_value, ',');
    if (!parts) return;  // which has been told already
    for (const std::string_view part : *parts) {
      if (!part.starts_with(prefix)) continue;
      if (found && *found != part) {
        return malformed(fmt::format("{} has two {} that differ", scheme_.header, prefix));
      }
      found = part;
    }
    if (!found) return missing(fmt::format("{} has no {}", scheme_.header, prefix));
    take_timestamp(scheme_.header, found->substr(prefix.size()));
  }

  void read_timestamp_member() {
    constexpr JsonLimits limits{.bytes = 32u << 20};
    const auto member = check_json(message_.body, limits)
                            ? json_find(message_.body, scheme_.timestamp_name)
                            : std::nullopt;
    if (!member) {
      return missing(
          fmt::format("the body is not a JSON object with a {}", scheme_.timestamp_name));
    }
    take_timestamp(scheme_.timestamp_name, *member);
  }

  void take_timestamp(std::string_view name, std::string_view text) {
    const auto value = parse_timestamp(text);
    if (!value) {
      return malformed(fmt::format("{} is \"{}\", not a plain integer of {}", name,
                                   to_valid_utf8(text, 40),
                                   scheme_.in_milliseconds ? "milliseconds" : "seconds"));
    }
    reading_.timestamp = text;
    reading_.signed_at = time_from_millis(scheme_.in_milliseconds ? *value : *value * 1000);
  }

  void check_url() {
    if (signs_url(scheme_) && message_.url.empty()) {
      return missing(fmt::format("{} signs the URL too, and it is not known", scheme_.sender));
    }
    if (scheme_.url_body_hash == UrlBodyHash::ignored) return;
    const auto expected = query_field(message_.url, "bodySHA256");
    const bool required = scheme_.url_body_hash == UrlBodyHash::required;
    if (!required && expected) return missing("the URL has a bodySHA256: the body is not a form");
    if (required && !expected) return missing("the URL has no bodySHA256");
    if (required && ascii_lower(*expected) != to_hex(hash(Digest::sha256, message_.body))) {
      malformed("the URL's bodySHA256 is not the hash of the body");
    }
  }

  void check_form() {
    if (scheme_.content.find("{form}") == std::string::npos) return;
    if (std::ranges::count(message_.body, '&') < most_form_fields) return;
    malformed(fmt::format("the form in the body has more than {} fields", most_form_fields));
  }

  const Scheme& scheme_;
  const ReceivedMessage& message_;
  SchemeReading reading_;
};

std::optional<std::string> decode(SignatureEncoding encoding, std::string_view text) {
  return encoding == SignatureEncoding::hex ? from_hex(text) : from_base64(text);
}

// Whether one of the signatures is that of the key. Compares with all of them, so that the time
// says nothing about which it was.
bool has_signature_of(const Scheme& scheme, const SigningKey& key, const SignedMessage& parts,
                      std::span<const std::string_view> signatures) {
  const auto expected = make_signature(scheme, key, parts);
  if (!expected) return false;
  bool found = false;
  for (const std::string_view signature : signatures) {
    found = constant_time_equal(signature, *expected) || found;
  }
  return found;
}

bool is_signed_with(const Scheme& scheme, std::string_view public_key, std::string_view content,
                    std::span<const std::string_view> signatures) {
  return std::ranges::any_of(signatures, [&](std::string_view signature) {
    const auto bytes = decode(scheme.encoding, signature);
    return bytes && ed25519_verify(public_key, content, *bytes);
  });
}

struct Match {
  const Scheme* scheme = nullptr;
  std::size_t key_index = 0;
  std::optional<Time> signed_at;
};

void match(const Scheme& scheme, const SchemeReading& reading, const ReceivedMessage& message,
           std::span<const SigningKey> keys, Match& found) {
  const SignedMessage parts{
      .id = reading.id, .timestamp = reading.timestamp, .url = message.url, .body = message.body};
  const bool public_key = scheme.algorithm == SignatureAlgorithm::ed25519;
  const std::string content =
      public_key ? SignedContent(scheme.content, parts).joined() : std::string();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool matches =
        public_key ? !keys[i].public_key.empty() &&
                         is_signed_with(scheme, keys[i].public_key, content, reading.signatures)
                   : has_signature_of(scheme, keys[i], parts, reading.signatures);
    if (matches && found.scheme == nullptr) found = {&scheme, i, reading.signed_at};
  }
}

// In whole seconds, as receivers count.
AgeVerdict check_age(Time signed_at, Time exactly_now, Millis tolerance) {
  const Time now = std::chrono::floor<std::chrono::seconds>(exactly_now);
  if (now - signed_at > tolerance) return AgeVerdict::too_old;
  if (signed_at - now > tolerance) return AgeVerdict::too_new;
  return AgeVerdict::fresh;
}

std::string names_of(std::span<const Header> headers) {
  constexpr std::size_t most = 12;
  std::string names;
  for (const Header& header : headers.first(std::min(headers.size(), most))) {
    if (!names.empty()) names += ", ";
    names += to_valid_utf8(header.name, 60);
  }
  if (names.empty()) return "none";
  return headers.size() > most ? names + ", …" : names;
}

constexpr EnumName<SignatureVerdict> verdict_names[] = {
    {SignatureVerdict::valid, "valid"},
    {SignatureVerdict::missing_header, "missing_header"},
    {SignatureVerdict::malformed_header, "malformed_header"},
    {SignatureVerdict::no_match, "no_match"},
};

constexpr EnumName<AgeVerdict> age_names[] = {
    {AgeVerdict::fresh, "ok"},        {AgeVerdict::too_old, "too_old"},
    {AgeVerdict::too_new, "too_new"}, {AgeVerdict::not_signed, "unsigned"},
    {AgeVerdict::ignored, "ignored"},
};

}  // namespace

std::string_view to_text(SignatureVerdict verdict) {
  return enum_name(verdict_names, verdict);
}

std::string_view to_text(AgeVerdict verdict) {
  return enum_name(age_names, verdict);
}

std::vector<const Scheme*> detect_schemes(const ReceivedMessage& message) {
  std::vector<const Scheme*> found;
  for (const Scheme& scheme : scheme_table()) {
    const bool there = std::ranges::any_of(message.headers, [&](const Header& header) {
      return ascii_lower(header.name) == scheme.header;
    });
    if (there) found.push_back(&scheme);
  }
  return found;
}

SchemeReading read_message(const Scheme& scheme, const ReceivedMessage& message) {
  return Reader(scheme, message).read();
}

Verification verify(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys,
                    const ReceivedMessage& message, const VerificationRules& rules) {
  Match found;
  SchemeReading worst;  // what to say if nothing matches: malformed before missing
  bool readable = false;
  for (const Scheme* scheme : schemes) {
    SchemeReading reading = read_message(*scheme, message);
    if (reading.problem.empty()) {
      readable = true;
      match(*scheme, reading, message, keys, found);
    } else if (worst.problem.empty() || (worst.missing && !reading.missing)) {
      worst = std::move(reading);
    }
  }
  Verification result;
  if (found.scheme == nullptr) {
    if (schemes.empty()) {
      worst.problem =
          fmt::format("no header is the signature of a sender known here (there are: {})",
                      names_of(message.headers));
      worst.missing = true;
    }
    if (worst.problem.empty() || (worst.missing && readable)) return result;
    result.signature =
        worst.missing ? SignatureVerdict::missing_header : SignatureVerdict::malformed_header;
    result.problem = std::move(worst.problem);
    return result;
  }
  result.signature = SignatureVerdict::valid;
  result.scheme = found.scheme;
  result.key_index = found.key_index;
  result.signed_at = found.signed_at;
  result.tolerance = rules.tolerance.value_or(found.scheme->tolerance);
  if (!found.signed_at) return result;
  result.age = rules.ignore_age ? AgeVerdict::ignored
                                : check_age(*found.signed_at, rules.now, result.tolerance);
  return result;
}

}  // namespace thig

#include "core/rules/generic_scheme.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/rules/header_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

template <class Value>
struct Word {
  std::string_view word;
  Value value;
};

constexpr Word<SignatureAlgorithm> digest_words[] = {
    {"sha1", SignatureAlgorithm::hmac_sha1},
    {"sha256", SignatureAlgorithm::hmac_sha256},
    {"sha512", SignatureAlgorithm::hmac_sha512},
};
constexpr Word<SignatureEncoding> encoding_words[] = {
    {"hex", SignatureEncoding::hex},
    {"base64", SignatureEncoding::base64},
};
constexpr Word<KeyForm> key_words[] = {
    {"text", KeyForm::verbatim},
    {"base64", KeyForm::base64},
    {"hex", KeyForm::hex},
    {"standard", KeyForm::standard},
};
// In the order in which they are written.
constexpr std::string_view generic_settings[] = {
    "header", "digest", "encoding", "prefix", "content", "timestamp-header", "id-header", "key"};

template <class Words, class Value>
bool take_word(const Words& words, std::string_view text, Value& into) {
  const auto* found = std::ranges::find(words, text, [](const auto& each) { return each.word; });
  if (found == std::end(words)) return false;
  into = found->value;
  return true;
}

template <class Words, class Value>
std::string word_of(const Words& words, Value value) {
  const auto* found = std::ranges::find(words, value, [](const auto& each) { return each.value; });
  return found == std::end(words) ? std::string() : std::string(found->word);
}

template <class Words>
std::vector<std::string> words_of(const Words& words) {
  std::vector<std::string> texts;
  for (const auto& each : words) texts.emplace_back(each.word);
  return texts;
}

// The header names of a message are compared in lower case.
Status take_name(std::string_view text, std::string& into) {
  const auto header = parse_header(std::string(text) + ":");
  if (!header || header->name != text) {
    return fail(ErrorCode::invalid,
                fmt::format("not a valid header name: \"{}\"", printable(text)));
  }
  into = ascii_lower(text);
  return {};
}

std::string value_in(const Scheme& scheme, std::string_view setting) {
  if (setting == "header") return scheme.header;
  if (setting == "digest") return word_of(digest_words, scheme.algorithm);
  if (setting == "encoding") return word_of(encoding_words, scheme.encoding);
  if (setting == "prefix") return scheme.prefix;
  if (setting == "content") return scheme.content;
  if (setting == "timestamp-header") return scheme.timestamp_name;
  if (setting == "id-header") return scheme.id_header;
  return word_of(key_words, scheme.key);
}

bool is_word(std::string_view value) {
  return !value.empty() && value.find_first_of("\" \\") == value.npos;
}

// The next "name=value" of the text, which is taken off it; a value may be in quotes, as JSON.
Result<std::pair<std::string, std::string>> take_setting(std::string_view& text) {
  const auto wrong = [&] {
    return fail(ErrorCode::invalid,
                fmt::format("not a setting of a generic scheme: \"{}\"", printable(text)),
                "write it as: generic header=x-signature encoding=base64 prefix=\"sha256 \"");
  };
  const auto equals = text.find('=');
  if (equals == text.npos) return wrong();
  std::string name(text.substr(0, equals));
  std::string_view rest = text.substr(equals + 1);
  auto end = std::min(rest.find(' '), rest.size());
  std::string value(rest.substr(0, end));
  if (rest.starts_with('"')) {
    for (end = 1; end < rest.size() && rest[end] != '"'; ++end) {
      if (rest[end] == '\\') ++end;
    }
    end = std::min(end + 1, rest.size());
    const std::string_view quoted = rest.substr(0, end);
    if (!check_json(quoted)) return wrong();
    value = json_text(quoted).value_or("");
  }
  rest.remove_prefix(end);
  if (!rest.empty() && !rest.starts_with(' ')) return wrong();
  text = trimmed(rest);
  return std::pair{std::move(name), std::move(value)};
}

}  // namespace

Scheme generic_scheme() {
  return {.name = std::string(generic_name),
          .variant = {},
          .sender = "the sender",
          .header = {},
          .content = "{body}",
          .sends_forms = true};
}

std::vector<std::string> generic_choices(std::string_view setting) {
  if (setting == "digest") return words_of(digest_words);
  if (setting == "encoding") return words_of(encoding_words);
  return words_of(key_words);
}

Status set_generic(Scheme& scheme, std::string_view setting, std::string_view value) {
  const auto take = [&](const auto& words, auto& into) -> Status {
    if (take_word(words, value, into)) return {};
    return fail(ErrorCode::invalid, fmt::format("{} is not one of {}", printable(value),
                                                fmt::join(words_of(words), ", ")));
  };
  if (setting == "header") return take_name(value, scheme.header);
  if (setting == "digest") return take(digest_words, scheme.algorithm);
  if (setting == "encoding") return take(encoding_words, scheme.encoding);
  if (setting == "key") return take(key_words, scheme.key);
  if (setting == "timestamp-header") {
    scheme.timestamp = TimestampPlace::header;
    return take_name(value, scheme.timestamp_name);
  }
  if (setting == "id-header") {
    THIG_TRY(take_name(value, scheme.id_header));
    scheme.delivery_id = {.source = ValueSource::header, .text = scheme.id_header};
    return {};
  }
  if (setting != "prefix" && setting != "content") {
    return fail(ErrorCode::invalid,
                fmt::format("a generic scheme has no setting {}", printable(setting)),
                fmt::format("it has {}", fmt::join(generic_settings, ", ")));
  }
  (setting == "prefix" ? scheme.prefix : scheme.content) = value;
  return {};
}

Status check_generic(const Scheme& scheme) {
  if (scheme.header.empty()) {
    return fail(
        ErrorCode::usage, "--scheme generic needs --signature-header",
        {"name the header that holds the signature: ", Setting{"signature-header", "x-signature"}});
  }
  return check_scheme(scheme);
}

std::string generic_text(const Scheme& scheme) {
  const Scheme plain = generic_scheme();
  std::string text(generic_name);
  for (const std::string_view setting : generic_settings) {
    const std::string value = value_in(scheme, setting);
    if (value == value_in(plain, setting)) continue;
    text += fmt::format(" {}=", setting);
    text += is_word(value) ? value : JsonWriter().text(value).take();
  }
  return text;
}

bool is_generic(std::string_view scheme) {
  return scheme == generic_name || scheme.starts_with("generic ");
}

Result<Scheme> parse_generic(std::string_view text) {
  Scheme scheme = generic_scheme();
  text = trimmed(text.substr(std::min(generic_name.size(), text.size())));
  while (!text.empty()) {
    THIG_TRY_ASSIGN(setting, take_setting(text));
    THIG_TRY(set_generic(scheme, setting.first, setting.second));
  }
  THIG_TRY(check_generic(scheme));
  return scheme;
}

std::vector<const Scheme*> schemes_of(std::string_view scheme, std::shared_ptr<const Scheme>& own) {
  if (!is_generic(scheme)) return schemes_named(scheme);
  auto parsed = parse_generic(scheme);
  if (!parsed) return {};
  own = std::make_shared<const Scheme>(std::move(*parsed));
  return {own.get()};
}

}  // namespace thig

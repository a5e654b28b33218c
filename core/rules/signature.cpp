#include "core/rules/signature.h"

#include "core/base/codec.h"
#include "core/base/enum_names.h"
#include "core/base/hmac.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view v1_prefix = "v1,";
constexpr std::string_view t1_prefix = "t1,";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t longest_secret = 1024;
constexpr std::size_t most_tokens = 64;

std::string v1_signature(const SigningKey& key, std::string_view id, std::string_view timestamp,
                         std::string_view body) {
  return to_base64(hmac_sha256(key.standard, {id, ".", timestamp, ".", body}));
}

std::string t1_signature(const SigningKey& key, std::string_view timestamp, std::string_view body) {
  return to_hex(hmac_sha256(key.verbatim, {timestamp, ".", body}));
}

void append_token(std::string& header, std::string_view prefix, std::string_view signature) {
  if (!header.empty()) header.push_back(' ');
  header.append(prefix).append(signature);
}

// The bytes a standard secret stands for.
std::optional<std::string> standard_key(std::string_view secret) {
  if (!secret.starts_with(secret_prefix)) return std::nullopt;
  auto key = from_base64(secret.substr(secret_prefix.size()));
  if (!key || key->size() < shortest_key || key->size() > longest_key) return std::nullopt;
  return key;
}

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

// The tokens of the list; nothing if there are too many.
std::optional<std::vector<std::string_view>> split_tokens(std::string_view list) {
  std::vector<std::string_view> tokens;
  while (!list.empty()) {
    const std::size_t space = std::min(list.find(' '), list.size());
    if (space > 0) tokens.push_back(list.substr(0, space));
    if (tokens.size() > most_tokens) return std::nullopt;
    list.remove_prefix(std::min(space + 1, list.size()));
  }
  return tokens;
}

// The tokens that a key accepts, each with what it is called.
struct Expected {
  std::string token;
  std::string_view scheme;
  std::size_t key_index;
};

std::vector<Expected> expected_tokens(std::span<const SigningKey> keys, std::string_view id,
                                      std::string_view timestamp, std::string_view body) {
  std::vector<Expected> expected;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].standard.empty()) {
      const std::string v1 = v1_signature(keys[i], id, timestamp, body);
      expected.push_back({std::string(v1_prefix) + v1, "v1", i});
    }
    const std::string t1 = t1_signature(keys[i], timestamp, body);
    expected.push_back({std::string(t1_prefix) + t1, "t1", i});
    expected.push_back({t1, "thig", i});
  }
  return expected;
}

// Compares everything with everything, so that the time says nothing about where a match is.
const Expected* first_match(std::span<const std::string_view> tokens,
                            std::span<const Expected> expected) {
  const Expected* match = nullptr;
  for (const std::string_view token : tokens) {
    for (const Expected& candidate : expected) {
      const bool equal = constant_time_equal(token, candidate.token);
      if (equal && match == nullptr) match = &candidate;
    }
  }
  return match;
}

SignatureVerdict judge_age(std::int64_t signed_at, Time now, Millis tolerance) {
  const Millis age = std::chrono::seconds(to_unix_seconds(now) - signed_at);
  if (age > tolerance) return SignatureVerdict::too_old;
  if (-age > tolerance) return SignatureVerdict::too_new;
  return SignatureVerdict::valid;
}

constexpr EnumName<SignatureVerdict> verdict_names[] = {
    {SignatureVerdict::valid, "valid"},
    {SignatureVerdict::missing_header, "missing header"},
    {SignatureVerdict::malformed_header, "malformed header"},
    {SignatureVerdict::no_match, "no match"},
    {SignatureVerdict::too_old, "too old"},
    {SignatureVerdict::too_new, "too new"},
};

}  // namespace

std::string make_secret(std::string_view random_bytes) {
  return std::string(secret_prefix) + to_base64(random_bytes);
}

bool is_standard_secret(std::string_view secret) {
  return standard_key(secret).has_value();
}

Status check_secret(std::string_view secret, SignatureMode mode) {
  if (is_blank(secret)) return fail(ErrorCode::invalid, "the secret is empty");
  if (secret.size() > longest_secret) {
    return fail(ErrorCode::invalid, fmt::format("the secret is over {} bytes", longest_secret));
  }
  if (printable(secret) != secret) {
    return fail(ErrorCode::invalid, "the secret has a control character or is no UTF-8",
                "a line end at the end of a secret's file is the usual cause");
  }
  if (mode == SignatureMode::thig || is_standard_secret(secret)) return {};
  return fail(ErrorCode::invalid,
              "the secret is no Standard Webhooks secret (whsec_ and base64 of 24 to 64 bytes)",
              "sign with --signature thig, or leave the secret out to have one made");
}

SigningKey signing_key(std::string_view secret) {
  return {standard_key(secret).value_or(std::string()), std::string(secret)};
}

std::string signature_header(SignatureMode mode, std::span<const SigningKey> keys,
                             std::string_view id, std::int64_t timestamp, std::string_view body) {
  if (keys.empty()) return {};
  const fmt::format_int at(timestamp);
  const std::string_view digits(at.data(), at.size());
  if (mode == SignatureMode::thig) return t1_signature(keys.front(), digits, body);

  std::string header;
  for (const SigningKey& key : keys) {
    if (key.standard.empty()) continue;
    append_token(header, v1_prefix, v1_signature(key, id, digits, body));
  }
  if (mode == SignatureMode::standard) return header;
  for (const SigningKey& key : keys) {
    append_token(header, t1_prefix, t1_signature(key, digits, body));
  }
  return header;
}

std::string bare_signature(const SigningKey& key, std::int64_t timestamp, std::string_view body) {
  const fmt::format_int at(timestamp);
  return t1_signature(key, {at.data(), at.size()}, body);
}

std::string_view to_text(SignatureVerdict verdict) {
  return enum_name(verdict_names, verdict);
}

VerifiedDelivery verify_delivery(std::span<const SigningKey> keys, std::string_view id,
                                 std::string_view timestamp, std::string_view signature,
                                 std::string_view body, Time now, Millis tolerance) {
  if (is_blank(id) || is_blank(timestamp) || is_blank(signature)) {
    return {.verdict = SignatureVerdict::missing_header, .matched = {}};
  }
  const auto signed_at = parse_timestamp(timestamp);
  const auto tokens = split_tokens(signature);
  if (!signed_at || !tokens || id.find('.') != id.npos) {
    return {.verdict = SignatureVerdict::malformed_header, .matched = {}};
  }
  const auto expected = expected_tokens(keys, id, timestamp, body);
  const Expected* match = first_match(*tokens, expected);
  if (match == nullptr) return {};
  return {.verdict = judge_age(*signed_at, now, tolerance),
          .matched = std::string(match->scheme),
          .key_index = match->key_index};
}

}  // namespace thig

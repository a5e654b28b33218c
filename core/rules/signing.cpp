#include "core/rules/signing.h"

#include "core/base/codec.h"
#include "core/base/ed25519.h"
#include "core/base/hmac.h"
#include "core/rules/form.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

Digest digest_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::hmac_sha1:
      return Digest::sha1;
    case SignatureAlgorithm::hmac_sha512:
      return Digest::sha512;
    default:
      return Digest::sha256;
  }
}

std::string encode(SignatureEncoding encoding, std::string_view code) {
  return encoding == SignatureEncoding::hex ? to_hex(code) : to_base64(code);
}

// Between two signatures of one header.
std::string_view separator_of(const Scheme& scheme) {
  return scheme.list == SignatureList::fields ? "," : " ";
}

std::string prefix_of(const Scheme& scheme) {
  return scheme.list == SignatureList::fields ? scheme.prefix + "=" : scheme.prefix;
}

// A scheme with two ways of signing goes by what the URL says of the body.
bool fits_url(const Scheme& scheme, std::string_view url) {
  if (scheme.url_body_hash == UrlBodyHash::ignored) return true;
  return query_field(url, "bodySHA256").has_value() ==
         (scheme.url_body_hash == UrlBodyHash::required);
}

std::string signature_value(std::span<const Scheme* const> schemes,
                            std::span<const SigningKey> keys, const SignedMessage& message) {
  std::string value;
  for (const Scheme* scheme : schemes) {
    if (value.empty() && scheme->timestamp == TimestampPlace::field) {
      value = fmt::format("{}={}", scheme->timestamp_name, message.timestamp);
    }
    for (const SigningKey& key : keys) {
      const auto signature = make_signature(*scheme, key, message);
      if (!signature) continue;
      if (!value.empty()) value += separator_of(*scheme);
      value.append(prefix_of(*scheme)).append(*signature);
      if (scheme->list == SignatureList::single) return value;
    }
  }
  return value;
}

// Whether a sender of that name signs so too.
bool has_ed25519(const Scheme& scheme) {
  return std::ranges::any_of(schemes_named(scheme.name), [](const Scheme* row) {
    return row->algorithm == SignatureAlgorithm::ed25519;
  });
}

}  // namespace

SignedContent::SignedContent(std::string_view content, const SignedMessage& message) {
  parts_.reserve(8);
  while (!content.empty()) {
    const auto brace = content.find('{');
    if (brace > 0) parts_.push_back(content.substr(0, brace));
    if (brace == content.npos) return;
    const auto name = content.substr(brace + 1, content.find('}', brace) - brace - 1);
    if (name == "id") parts_.push_back(message.id);
    if (name == "timestamp") parts_.push_back(message.timestamp);
    if (name == "url") parts_.push_back(message.url);
    if (name == "body") parts_.push_back(message.body);
    if (name == "form") {
      form_ = sorted_form(message.body);
      parts_.push_back(form_);
    }
    content.remove_prefix(std::min(brace + name.size() + 2, content.size()));
  }
}

std::string SignedContent::joined() const {
  std::string text;
  for (const std::string_view part : parts_) text += part;
  return text;
}

std::string_view key_in_form(KeyForm form, const SigningKey& key, std::string& storage) {
  switch (form) {
    case KeyForm::verbatim:
      return key.verbatim;
    case KeyForm::standard:
      return key.standard;
    case KeyForm::base64:
      storage = from_base64(key.verbatim).value_or("");
      return storage;
    case KeyForm::hex:
      storage = from_hex(key.verbatim).value_or("");
      return storage;
    case KeyForm::ed25519:
      return {};
  }
  return {};
}

bool can_sign(const Scheme& scheme, const SigningKey& key) {
  if (scheme.algorithm == SignatureAlgorithm::ed25519) return !key.seed.empty();
  std::string storage;
  return !key_in_form(scheme.key, key, storage).empty();
}

bool can_verify(const Scheme& scheme, const SigningKey& key) {
  if (scheme.algorithm == SignatureAlgorithm::ed25519) return !key.public_key.empty();
  return scheme.algorithm == SignatureAlgorithm::token ? !key.verbatim.empty()
                                                       : can_sign(scheme, key);
}

std::string key_description(const Scheme& scheme) {
  switch (scheme.key) {
    case KeyForm::standard:
      return has_ed25519(scheme) ? "whose keys are whsec_ and the base64 of up to 64 bytes, or "
                                   "base64 behind whsk_, which signs, or whpk_, which checks"
                                 : "whose keys are whsec_ and the base64 of up to 64 bytes";
    case KeyForm::base64:
      return "whose keys are base64";
    case KeyForm::hex:
      return "whose keys are hexadecimal";
    case KeyForm::ed25519:
      return "whose keys are 64 hexadecimal digits: the public one checks, the private one signs";
    case KeyForm::verbatim:
      return "whose keys are text, and neither whsk_ nor whpk_";
  }
  return {};
}

std::optional<std::string> make_signature(const Scheme& scheme, const SigningKey& key,
                                          const SignedMessage& message) {
  if (scheme.algorithm == SignatureAlgorithm::token) {
    if (key.verbatim.empty()) return std::nullopt;
    return key.verbatim;
  }
  if (!fits_url(scheme, message.url)) return std::nullopt;
  const SignedContent content(scheme.content, message);
  if (scheme.algorithm == SignatureAlgorithm::ed25519) {
    const auto signature = ed25519_sign(key.seed, content.joined());
    if (!signature) return std::nullopt;
    return encode(scheme.encoding, *signature);
  }
  std::string storage;
  const std::string_view bytes = key_in_form(scheme.key, key, storage);
  if (bytes.empty()) return std::nullopt;
  return encode(scheme.encoding, hmac(digest_of(scheme.algorithm), bytes, content.parts()));
}

std::vector<Header> sign(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys,
                         const SignedMessage& message) {
  std::vector<Header> headers;
  if (schemes.empty()) return headers;
  const Scheme& first = *schemes.front();
  if (!first.id_header.empty()) headers.push_back({first.id_header, std::string(message.id)});
  if (first.timestamp == TimestampPlace::header) {
    headers.push_back({first.timestamp_name, std::string(message.timestamp)});
  }
  headers.push_back({first.header, signature_value(schemes, keys, message)});
  return headers;
}

std::string signature_header(SignatureMode mode, std::span<const SigningKey> keys,
                             std::string_view id, std::int64_t timestamp, std::string_view body) {
  const fmt::format_int at(timestamp);
  return signature_value(delivery_schemes(mode), keys,
                         {.id = id, .timestamp = {at.data(), at.size()}, .url = {}, .body = body});
}

std::string bare_signature(const SigningKey& key, std::int64_t timestamp, std::string_view body) {
  return signature_header(SignatureMode::thig, {&key, 1}, {}, timestamp, body);
}

}  // namespace thig

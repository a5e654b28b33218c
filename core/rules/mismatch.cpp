#include "core/rules/mismatch.h"

#include "core/base/codec.h"
#include "core/base/ed25519.h"
#include "core/base/hmac.h"
#include "core/rules/body_variants.h"
#include "core/rules/form.h"
#include "core/rules/signing.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace thig {
namespace {

constexpr std::size_t most_codes = 64;
constexpr std::size_t most_values = 6;         // of ids, and of timestamps
constexpr std::size_t most_work = 400u << 20;  // bytes to be hashed
constexpr std::size_t work_of_a_try = 1'000;   // what it costs besides its bytes

// Something in the message that has the form of a signature.
struct Code {
  std::string header;
  std::string lead;  // what stands before it: "v1,", "sha256="
  SignatureEncoding encoding = SignatureEncoding::hex;
  bool canonical = true;  // written as senders do: lower case, padded
  std::string bytes;
};

// A value as the message has it, and how it may have been meant.
struct Value {
  std::string text;
  std::string header;
  std::string what;  // how it differs from what the header says; empty if it does not
};

struct BodyVariant {
  std::string_view text;
  std::string_view what;  // empty for the body as it came
};

struct PublicKey {
  std::size_t index = 0;
  std::string bytes;
  std::string what;  // empty for what was given as one
};

struct KeyVariant {
  std::size_t index = 0;
  std::optional<KeyForm> form;  // nothing for what no sender does
  std::string bytes;
  std::string what;
};

std::optional<std::string> from_any_base64(std::string_view text) {
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  standard.resize((standard.size() + 3) / 4 * 4, '=');
  return from_base64(standard);
}

bool has_size_of_code(const std::optional<std::string>& bytes) {
  return bytes && (bytes->size() == 20 || bytes->size() == 32 || bytes->size() == 64);
}

std::optional<Code> code_in(const std::string& header, std::string_view lead,
                            std::string_view text) {
  Code code{.header = header, .lead = std::string(lead), .bytes = {}};
  if (auto hex = from_hex(text); has_size_of_code(hex)) {
    code.canonical = to_hex(*hex) == text;
    code.bytes = std::move(*hex);
    return code;
  }
  if (auto base64 = from_any_base64(text); has_size_of_code(base64)) {
    code.encoding = SignatureEncoding::base64;
    code.canonical = to_base64(*base64) == text;
    code.bytes = std::move(*base64);
    return code;
  }
  return std::nullopt;
}

// What stands between blanks, commas and semicolons; and in each of these, what stands behind "=".
void collect_codes(std::vector<Code>& codes, const Header& header) {
  const std::string name = ascii_lower(header.name);
  std::string_view rest = header.value;
  std::string_view before;  // with its comma: "v1,"
  while (!rest.empty() && codes.size() < most_codes) {
    const auto end = std::min(rest.find_first_of(" \t,;"), rest.size());
    const std::string_view word = rest.substr(0, end);
    const auto equals = word.find('=');
    auto code = code_in(name, before, word);
    if (!code && equals != word.npos) {
      code = code_in(name, word.substr(0, equals + 1), word.substr(equals + 1));
    }
    if (code) codes.push_back(std::move(*code));
    const bool comma = end < rest.size() && rest[end] == ',';
    before = comma && !code && equals == word.npos ? rest.substr(0, end + 1) : std::string_view();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

bool is_timestamp(std::string_view text) {
  return text.size() >= 9 && text.size() <= 14 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void add_timestamp(std::vector<Value>& values, std::string_view header, std::string_view text) {
  if (!is_timestamp(text) || values.size() >= most_values) return;
  values.push_back({std::string(text), std::string(header), ""});
  if (text.size() > 12) {
    values.push_back({std::string(text.substr(0, text.size() - 3)), std::string(header),
                      "the timestamp in seconds, not milliseconds"});
  } else {
    values.push_back({std::string(text) + "000", std::string(header),
                      "the timestamp in milliseconds, not seconds"});
  }
}

std::vector<Value> collect_timestamps(std::span<const Header> headers) {
  std::vector<Value> values;
  for (const Header& header : headers) {
    const std::string name = ascii_lower(header.name);
    add_timestamp(values, name, header.value);
    if (header.value.starts_with("t=")) {
      add_timestamp(values, name, header.value.substr(2, header.value.find(',') - 2));
    }
  }
  return values;
}

std::vector<Value> collect_ids(std::span<const Header> headers) {
  std::vector<Value> values;
  for (const Header& header : headers) {
    const std::string name = ascii_lower(header.name);
    if ((name.ends_with("-id") || name.ends_with("_id")) && !header.value.empty() &&
        values.size() < most_values) {
      values.push_back({header.value, name, ""});
    }
  }
  return values;
}

std::vector<Value> collect_urls(std::string_view url) {
  std::vector<Value> values;
  if (url.empty()) return values;
  const auto add = [&](std::string text) {
    std::string what = fmt::format("the URL {}", text);
    values.push_back({std::move(text), "", values.empty() ? "" : std::move(what)});
  };
  add(std::string(url));
  const auto host = url.find("://");
  if (host == url.npos) return values;
  const auto end = std::min(url.find_first_of("/?#", host + 3), url.size());
  const std::string_view origin = url.substr(0, end);
  const std::string_view path = url.substr(end);
  const auto colon = origin.find(':', host + 3);
  if (colon == origin.npos) {
    add(fmt::format("{}:{}{}", origin, url.starts_with("https") ? 443 : 80, path));
  } else {
    add(fmt::format("{}{}", origin.substr(0, colon), path));
  }
  if (url.ends_with('/')) add(std::string(url.substr(0, url.size() - 1)));
  if (!url.ends_with('/')) add(fmt::format("{}/", url));
  const std::string_view other = url.starts_with("https://") ? "http" : "https";
  add(fmt::format("{}{}", other, url.substr(host)));
  return values;
}

// What is often copied along with a secret: blanks, quotes, a byte order mark, "SECRET=".
std::string_view cleaned(std::string_view text) {
  constexpr std::string_view around = " \t\"'`";
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto equals = text.find('=');
  if (equals != text.npos && text.find_first_not_of('=', equals) != text.npos) {
    text.remove_prefix(equals + 1);
  }
  const auto first = text.find_first_not_of(around);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(around) + 1 - first);
}

std::vector<KeyVariant> key_variants(std::span<const SigningKey> keys) {
  std::vector<KeyVariant> variants;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto add = [&](std::optional<KeyForm> form, std::string_view bytes, std::string what) {
      const auto same = [&](const KeyVariant& v) { return v.index == i && v.bytes == bytes; };
      if (bytes.empty() || std::ranges::any_of(variants, same)) return;
      variants.push_back({i, form, std::string(bytes), std::move(what)});
    };
    const std::string& text = keys[i].verbatim;
    std::string storage;
    add(KeyForm::verbatim, text, "the secret's own text as the key, not decoded");
    add(KeyForm::standard, keys[i].standard, "the key decoded from the base64 after whsec_");
    add(KeyForm::base64, key_in_form(KeyForm::base64, keys[i], storage),
        "the key decoded from the base64 that the whole secret is");
    add(KeyForm::hex, key_in_form(KeyForm::hex, keys[i], storage), "the key decoded from hex");
    if (text.starts_with("whsec_")) {
      add(std::nullopt, text.substr(6), "the secret's text after whsec_ as the key");
      add(std::nullopt, from_any_base64(text.substr(6)).value_or(""),
          "the key decoded from the base64 after whsec_, whatever its length");
    }
    add(std::nullopt, text.empty() ? text : text + "\n", "a newline at the end of the secret");
    const SigningKey clean = signing_key(cleaned(text));
    if (clean.verbatim == text) continue;
    const std::string what =
        "the secret without what stands around it (blanks, quotes, a name and =)";
    add(std::nullopt, clean.verbatim, what);
    add(std::nullopt, clean.standard, what);
  }
  return variants;
}

std::vector<PublicKey> public_keys(std::span<const SigningKey> keys) {
  std::vector<PublicKey> all;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i].public_key.empty()) all.push_back({i, keys[i].public_key, ""});
    const auto derived = ed25519_public_key(keys[i].seed);
    if (derived && *derived != keys[i].public_key) {
      all.push_back(
          {i, *derived,
           fmt::format("the secret as the private seed it seems to be: its public key is {}",
                       to_hex(*derived))});
    }
  }
  return all;
}

// What may have been signed: what some sender signs, and what is easily mistaken for it.
std::vector<std::string> contents(std::span<const Scheme* const> expected) {
  std::vector<std::string> all;
  const auto add = [&](const std::string& content) {
    const bool whole =
        content.find("{body}") != content.npos || content.find("{form}") != content.npos;
    if (whole && std::ranges::find(all, content) == all.end()) all.push_back(content);
  };
  for (const Scheme* scheme : expected) add(scheme->content);
  for (const Scheme& scheme : scheme_table()) add(scheme.content);
  for (const char* mistaken : {"{id}{timestamp}{body}", "{id}.{body}", "{body}.{timestamp}",
                               "{body}{timestamp}", "{timestamp}.{id}.{body}"}) {
    add(mistaken);
  }
  return all;
}

// One way in which the message may have been signed.
struct Guess {
  std::string_view content;
  const Value* id = nullptr;  // if the content has one; likewise below
  const Value* timestamp = nullptr;
  const Value* url = nullptr;
  const BodyVariant* body = nullptr;
  const KeyVariant* key = nullptr;        // nothing for Ed25519
  const PublicKey* public_key = nullptr;  // only for that
  std::size_t key_index = 0;
  SignatureAlgorithm algorithm = SignatureAlgorithm::hmac_sha256;
};

std::string_view header_value(std::span<const Header> headers, std::string_view name) {
  for (const Header& header : headers) {
    if (ascii_lower(header.name) == name) return header.value;
  }
  return {};
}

// How a guess, and the code that it made, differ from what a scheme says.
std::vector<std::string> differences(const Scheme& scheme, const Guess& guess, const Code& code,
                                     std::span<const Header> headers) {
  std::vector<std::string> all;
  if (code.header != scheme.header) {
    all.push_back(fmt::format("the header {}, not {}", code.header, scheme.header));
  }
  const bool fields = scheme.list == SignatureList::fields;
  const std::string lead = fields ? scheme.prefix + "=" : scheme.prefix;
  if (code.lead != lead) {
    all.push_back(code.lead.empty() ? fmt::format("no \"{}\" before it", lead)
                                    : fmt::format("\"{}\" before it, not \"{}\"", code.lead, lead));
  }
  if (code.encoding != scheme.encoding) {
    all.push_back(fmt::format("{}, not {}", to_text(code.encoding), to_text(scheme.encoding)));
  } else if (!code.canonical) {
    all.push_back(code.encoding == SignatureEncoding::hex
                      ? "upper-case hex, not lower-case"
                      : "base64 that is URL-safe or not padded");
  }
  if (guess.algorithm != scheme.algorithm) {
    all.push_back(fmt::format("{}, not {}", to_text(guess.algorithm), to_text(scheme.algorithm)));
  } else if (guess.key != nullptr && guess.key->form != scheme.key) {
    all.push_back(guess.key->what);
  }
  if (guess.public_key != nullptr && !guess.public_key->what.empty()) {
    all.push_back(guess.public_key->what);
  }
  if (guess.content != scheme.content) {
    all.push_back(fmt::format("\"{}\" signed, not \"{}\"", guess.content, scheme.content));
  }
  if (!guess.body->what.empty()) all.emplace_back(guess.body->what);
  if (guess.url != nullptr && !guess.url->what.empty()) all.push_back(guess.url->what);
  if (guess.timestamp != nullptr && !guess.timestamp->what.empty()) {
    all.push_back(guess.timestamp->what);
  } else if (guess.timestamp != nullptr && scheme.timestamp == TimestampPlace::header &&
             header_value(headers, scheme.timestamp_name) != guess.timestamp->text) {
    all.push_back(fmt::format("the timestamp of {}, not of {}", guess.timestamp->header,
                              scheme.timestamp_name));
  }
  if (guess.id != nullptr && !scheme.id_header.empty() &&
      header_value(headers, scheme.id_header) != guess.id->text) {
    all.push_back(fmt::format("the id of {}, not of {}", guess.id->header, scheme.id_header));
  }
  return all;
}

class Search {
 public:
  Search(std::span<const Scheme* const> expected, std::span<const SigningKey> keys,
         const ReceivedMessage& message)
      : expected_(expected),
        keys_(keys),
        headers_(message.headers),
        contents_(contents(expected)),
        ids_(collect_ids(message.headers)),
        timestamps_(collect_timestamps(message.headers)),
        urls_(collect_urls(message.url)),
        key_variants_(key_variants(keys)),
        public_keys_(public_keys(keys)) {
    for (const Header& header : headers_) collect_codes(codes_, header);
    problem_told_ = std::ranges::any_of(expected, [&](const Scheme* scheme) {
      const auto reading = read_message(*scheme, message);
      // A signature that is there and cannot be checked is told of as well as one that is wrong.
      return !reading.problem.empty() && (!reading.missing || !reading.signatures.empty());
    });
  }

  std::vector<MismatchCause> run(std::string_view body) {
    find_tokens();
    if (codes_.empty()) return std::move(causes_);
    visit_body_variants(body, [this](const std::string& text, const std::string& what) {
      const BodyVariant variant{.text = text, .what = what};
      work_ += text.size();
      for (const std::string& content : contents_) {
        const bool form = content.find("{form}") != content.npos;
        if (form && std::ranges::count(text, '&') >= most_form_fields) continue;
        // Nothing of the body would be signed.
        const bool nothing = text.empty() && content.find("{body}") == content.npos;
        if (!nothing) try_content(content, variant);
      }
      return fewest_ > 1 && work_ <= most_work;
    });
    return std::move(causes_);
  }

 private:
  // The secret itself, where it should not be.
  void find_tokens() {
    for (const Scheme* scheme : expected_) {
      if (scheme->algorithm != SignatureAlgorithm::token) continue;
      for (const Header& header : headers_) {
        if (ascii_lower(header.name) == scheme->header) continue;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
          if (!constant_time_equal(header.value, keys_[i].verbatim)) continue;
          keep({fmt::format("it matches with the header {}, not {}", ascii_lower(header.name),
                            scheme->header),
                i},
               1);
        }
      }
    }
  }

  void try_content(const std::string& content, const BodyVariant& body) {
    static const std::vector<Value> nothing = {Value{}};
    const auto values = [&](std::string_view placeholder,
                            const std::vector<Value>& all) -> const std::vector<Value>& {
      return content.find(placeholder) == content.npos ? nothing : all;
    };
    const auto pick = [&](const Value& value) { return &value == &nothing[0] ? nullptr : &value; };
    for (const Value& id : values("{id}", ids_)) {
      for (const Value& timestamp : values("{timestamp}", timestamps_)) {
        for (const Value& url : values("{url}", urls_)) {
          if (work_ > most_work) return;
          try_keys({.content = content,
                    .id = pick(id),
                    .timestamp = pick(timestamp),
                    .url = pick(url),
                    .body = &body});
        }
      }
    }
  }

  void try_keys(Guess guess) {
    const auto text_of = [](const Value* value) {
      return value != nullptr ? std::string_view(value->text) : std::string_view();
    };
    const SignedContent content(guess.content, {.id = text_of(guess.id),
                                                .timestamp = text_of(guess.timestamp),
                                                .url = text_of(guess.url),
                                                .body = guess.body->text});
    try_hmac(guess, content, SignatureAlgorithm::hmac_sha1, Digest::sha1);
    try_hmac(guess, content, SignatureAlgorithm::hmac_sha256, Digest::sha256);
    try_hmac(guess, content, SignatureAlgorithm::hmac_sha512, Digest::sha512);
    try_ed25519(guess, content);
  }

  void try_hmac(Guess& guess, const SignedContent& content, SignatureAlgorithm algorithm,
                Digest digest) {
    const auto size = digest_size(digest);
    if (std::ranges::none_of(codes_, [&](const Code& c) { return c.bytes.size() == size; })) return;
    guess.algorithm = algorithm;
    for (const KeyVariant& key : key_variants_) {
      if (work_ > most_work) return;
      work_ += guess.body->text.size() + work_of_a_try;
      const std::string made = hmac(digest, key.bytes, content.parts());
      for (const Code& code : codes_) {
        if (!constant_time_equal(code.bytes, made)) continue;
        guess.key = &key;
        guess.key_index = key.index;
        found(guess, code);
      }
    }
  }

  void try_ed25519(Guess& guess, const SignedContent& content) {
    guess.algorithm = SignatureAlgorithm::ed25519;
    guess.key = nullptr;
    std::string text;
    for (const Code& code : codes_) {
      if (code.bytes.size() != ed25519_signature_size) continue;
      for (const PublicKey& key : public_keys_) {
        if (work_ > most_work) return;
        if (text.empty()) text = content.joined();
        work_ += guess.body->text.size() + 50 * work_of_a_try;
        if (!ed25519_verify(key.bytes, text, code.bytes)) continue;
        guess.public_key = &key;
        guess.key_index = key.index;
        found(guess, code);
      }
    }
  }

  // The right signature, in a header that is not taken apart as the sender's is.
  static std::string badly_listed(const Scheme& scheme) {
    const std::string_view parts =
        scheme.list == SignatureList::tokens   ? "separated by single blanks"
        : scheme.list == SignatureList::fields ? "separated by commas without blanks"
                                               : "alone";
    return fmt::format(
        "the signature itself matches, but {} is not written as {} does: {}, and "
        "behind \"{}\"",
        scheme.header, scheme.sender, parts, scheme.prefix);
  }

  void found(const Guess& guess, const Code& code) {
    for (const Scheme* scheme : expected_) {
      const auto all = differences(*scheme, guess, code, headers_);
      if (all.empty()) {
        causes_.clear();
        fewest_ = 0;
        if (!problem_told_) causes_.push_back({badly_listed(*scheme), guess.key_index});
        return;
      }
      keep({fmt::format("it matches with {}", fmt::join(all, ", ")), guess.key_index}, all.size());
    }
    for (const Scheme& scheme : scheme_table()) {
      if (std::ranges::find(expected_, &scheme) != expected_.end()) continue;
      const auto all = differences(scheme, guess, code, headers_);
      keep({{fmt::format("it matches as a signature of {}, ", scheme.sender),
             Setting{"scheme", std::string(scheme.name)},
             fmt::format("{}{}", all.empty() ? "" : ", with ", fmt::join(all, ", "))},
            guess.key_index},
           all.size() + 1);
    }
  }

  void keep(MismatchCause cause, std::size_t differences) {
    if (differences > fewest_) return;
    if (differences < fewest_) causes_.clear();
    fewest_ = differences;
    const auto same = [&](const MismatchCause& each) { return each.text == cause.text; };
    if (std::ranges::none_of(causes_, same)) causes_.push_back(std::move(cause));
  }

  std::span<const Scheme* const> expected_;
  std::span<const SigningKey> keys_;
  std::span<const Header> headers_;
  std::vector<std::string> contents_;
  std::vector<Value> ids_;
  std::vector<Value> timestamps_;
  std::vector<Value> urls_;
  std::vector<KeyVariant> key_variants_;
  std::vector<PublicKey> public_keys_;
  bool problem_told_ = false;  // by verifying it
  std::vector<Code> codes_;
  std::vector<MismatchCause> causes_;
  std::size_t fewest_ = std::numeric_limits<std::size_t>::max();
  std::size_t work_ = 0;
};

}  // namespace

std::vector<MismatchCause> explain_mismatch(std::span<const Scheme* const> expected,
                                            std::span<const SigningKey> keys,
                                            const ReceivedMessage& message) {
  return Search(expected, keys, message).run(message.body);
}

}  // namespace thig

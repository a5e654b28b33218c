#include "cli/scheme_flags.h"

#include "core/base/codec.h"
#include "core/rules/header_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

template <class Value>
struct Choice {
  std::string_view word;
  Value value;
};

constexpr Choice<SignatureAlgorithm> digests[] = {
    {"sha1", SignatureAlgorithm::hmac_sha1},
    {"sha256", SignatureAlgorithm::hmac_sha256},
    {"sha512", SignatureAlgorithm::hmac_sha512},
};
constexpr Choice<SignatureEncoding> encodings[] = {
    {"hex", SignatureEncoding::hex},
    {"base64", SignatureEncoding::base64},
};
constexpr Choice<KeyForm> key_forms[] = {
    {"text", KeyForm::verbatim},
    {"base64", KeyForm::base64},
    {"hex", KeyForm::hex},
    {"standard", KeyForm::standard},
};

// The header names of a message are compared in lower case.
Status take_header_name(const std::string& text, std::string& into) {
  if (!parse_header(text + ":")) {
    return fail(ErrorCode::usage, fmt::format("\"{}\" is no name of a header", text));
  }
  into = ascii_lower(text);
  return {};
}

}  // namespace

void SchemeFlags::declare(Flags& flags, std::vector<std::string> others) {
  std::vector<std::string> names = std::move(others);
  for (std::string& known : scheme_names()) names.push_back(std::move(known));
  names.emplace_back("generic");
  flags.choice("--scheme", "NAME", names, name, "Who signs, and so how");

  const auto note = [this](const std::string& flag) { given_.push_back(flag); };
  const auto choice = [&](const std::string& flag, const auto& choices, auto& into,
                          std::string help) {
    std::vector<std::string> words;
    for (const auto& each : choices) words.emplace_back(each.word);
    auto& item = flags.custom(flag, "WORD", std::move(help),
                              [=, &choices, &into](const std::string& text) -> Status {
                                note(flag);
                                for (const auto& each : choices) {
                                  if (each.word == text) {
                                    into = each.value;
                                    return {};
                                  }
                                }
                                return std::unexpected(not_a_choice(text, words));
                              });
    item.choices = words;
  };
  const auto header = [&](const std::string& flag, std::string& into, std::string help) {
    flags.custom(flag, "HEADER", std::move(help), [=, &into](const std::string& text) -> Status {
      note(flag);
      return take_header_name(text, into);
    });
  };
  const auto text = [&](const std::string& flag, std::string value, std::string& into,
                        std::string help) {
    flags.custom(flag, std::move(value), std::move(help),
                 [=, &into](const std::string& given) -> Status {
                   note(flag);
                   into = given;
                   return {};
                 });
  };
  header("--signature-header", generic_.header, "Generic: the header with the signature");
  choice("--digest", digests, generic_.algorithm, "Generic: the HMAC's hash; sha256 by default");
  choice("--encoding", encodings, generic_.encoding,
         "Generic: how the signature is written; hex by default");
  text("--prefix", "TEXT", generic_.prefix, "Generic: what stands before it, such as sha256=");
  generic_.content = "{body}";
  text("--content", "TEMPLATE", generic_.content,
       "Generic: what is signed: text with {id}, {timestamp}, {url}, {form} and {body}");
  header("--timestamp-header", generic_.timestamp_name, "Generic: the header with the timestamp");
  header("--id-header", generic_.id_header, "Generic: the header with the id");
  choice("--key-form", key_forms, generic_.key,
         "Generic: what of the secret is the key; its text by default");
}

Status SchemeFlags::make_generic() {
  if (generic_.header.empty()) {
    return fail(ErrorCode::usage, "--scheme generic needs --signature-header",
                "name the header that holds the signature: --signature-header x-signature");
  }
  if (!generic_.timestamp_name.empty()) generic_.timestamp = TimestampPlace::header;
  return check_scheme(generic_);
}

Result<std::vector<const Scheme*>> SchemeFlags::schemes() {
  if (!is_generic()) {
    if (!given_.empty()) {
      return fail(ErrorCode::usage,
                  fmt::format("{} goes with --scheme generic only", given_.front()));
    }
    return schemes_named(name);
  }
  THIG_TRY(make_generic());
  return std::vector<const Scheme*>{&generic_};
}

}  // namespace thig

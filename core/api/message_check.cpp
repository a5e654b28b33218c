#include "core/api/message_check.h"

#include "core/documents/json_members.h"
#include "core/rules/mismatch.h"
#include "core/rules/signing.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr Millis a_thousand_years{31'556'952'000'000};

std::vector<Remark> explain_no_match(std::span<const Scheme* const> schemes,
                                     std::span<const std::string> secrets,
                                     std::span<const SigningKey> keys,
                                     const ReceivedMessage& message) {
  std::vector<Remark> explanations;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool usable = schemes.empty() || std::ranges::any_of(schemes, [&](const Scheme* scheme) {
                          return can_verify(*scheme, keys[i]);
                        });
    if (!usable) {
      explanations.push_back(fmt::format("{} cannot be a key of {}, {}", name_of_secret(secrets, i),
                                         schemes.front()->sender,
                                         key_description(*schemes.front())));
    }
  }
  for (const MismatchCause& cause : explain_mismatch(schemes, keys, message)) {
    explanations.push_back(
        keys.size() == 1
            ? cause.text
            : Remark(cause.text, ", with " + name_of_secret(secrets, cause.key_index)));
  }
  return explanations;
}

}  // namespace

bool MessageCheck::of_no_era() const {
  return verification.signed_at && *verification.signed_at - now > a_thousand_years;
}

bool MessageCheck::dated() const {
  return verification.signed_at && !of_no_era();
}

std::int64_t MessageCheck::age_in_seconds() const {
  return to_unix_seconds(now) - to_unix_seconds(*verification.signed_at);
}

MessageCheck check_message(std::span<const Scheme* const> schemes,
                           std::span<const std::string> secrets, const ReceivedMessage& message,
                           const VerificationRules& rules) {
  std::vector<SigningKey> keys;
  for (const std::string& secret : secrets) keys.push_back(signing_key(secret));
  MessageCheck check{.verification = verify(schemes, keys, message, rules), .now = rules.now};
  // It repeats what stands in the headers, where a secret may have got to.
  std::string& problem = check.verification.problem;
  problem = with_masked_secrets(problem);
  check.url_missing =
      message.url.empty() && !problem.empty() &&
      std::ranges::any_of(schemes, [](const Scheme* scheme) { return signs_url(*scheme); });
  if (check.verification.signature == SignatureVerdict::valid) {
    if (check.of_no_era()) {
      check.explanations.emplace_back(
          "the timestamp looks like milliseconds, where seconds are expected");
    }
    return check;
  }
  check.by_token = std::ranges::all_of(
      schemes, [](const Scheme* scheme) { return scheme->algorithm == SignatureAlgorithm::token; });
  check.explanations = explain_no_match(schemes, secrets, keys, message);
  return check;
}

std::string name_of_secret(std::span<const std::string> secrets, std::size_t index) {
  return fmt::format("secret {} of {} ({})", index + 1, secrets.size(),
                     masked_secret(secrets[index]));
}

std::string message_check_document(const MessageCheck& check, std::span<const std::string> secrets,
                                   const Wording& wording) {
  const Verification& verification = check.verification;
  const bool matched = verification.scheme != nullptr;
  return object_document([&](JsonWriter& json) {
    json.key("valid").boolean(verification.valid());
    json.key("signature").text(to_text(verification.signature));
    write_text_or_null(json, "age", matched ? to_text(verification.age) : "");
    write_text_or_null(json, "scheme", matched ? verification.scheme->name : "");
    write_text_or_null(json, "variant", matched ? verification.scheme->variant : "");
    json.key("secret");
    if (matched) {
      json.begin_object().key("number").number(std::int64_t(verification.key_index + 1));
      json.key("masked").text(masked_secret(secrets[verification.key_index])).end_object();
    } else {
      json.null();
    }
    write_time(json, "signedAt", check.dated() ? verification.signed_at : std::nullopt);
    json.key("ageSeconds");
    check.dated() ? json.number(check.age_in_seconds()) : json.null();
    json.key("toleranceSeconds");
    verification.signed_at ? json.number(std::int64_t{verification.tolerance.count() / 1000})
                           : json.null();
    write_text_or_null(json, "problem", verification.problem);
    write_texts(json, "explanations", wording.texts(check.explanations));
  });
}

}  // namespace thig

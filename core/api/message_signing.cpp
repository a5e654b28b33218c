#include "core/api/message_signing.h"

#include "core/api/message_check.h"
#include "core/base/codec.h"
#include "core/documents/json_members.h"
#include "core/rules/verification.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t message_id_bytes = 12;

bool can_sign_any(std::span<const Scheme* const> schemes, const SigningKey& key) {
  return std::ranges::any_of(schemes, [&](const Scheme* scheme) { return can_sign(*scheme, key); });
}

std::string fresh_message_id(Random& random) {
  return "msg_" + to_hex(random.bytes(message_id_bytes));
}

Status check_readable(std::span<const Scheme* const> schemes, std::span<const Header> headers,
                      const MessageToSign& message) {
  std::string problem;
  for (const Scheme* scheme : schemes) {
    auto reading =
        read_message(*scheme, {.headers = headers, .body = message.body, .url = message.url});
    if (reading.problem.empty()) return {};
    if (problem.empty() || !reading.missing) problem = std::move(reading.problem);
  }
  return fail(ErrorCode::invalid, fmt::format("no receiver would accept this: {}", problem),
              signs_url(*schemes.front()) && message.url.empty()
                  ? Remark("give the URL with ", Setting{"url"})
                  : Remark());
}

}  // namespace

std::vector<const Scheme*> schemes_of_delivery(std::span<const SigningKey> keys) {
  const bool standard = !keys.front().standard.empty();
  const auto rows = delivery_schemes(standard ? SignatureMode::both : SignatureMode::thig);
  return {rows.begin(), rows.end()};
}

Status check_can_sign(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys) {
  const bool able =
      std::ranges::any_of(keys, [&](const SigningKey& key) { return can_sign_any(schemes, key); });
  if (able) return {};
  const Scheme& scheme = *schemes.front();
  return fail(ErrorCode::invalid, fmt::format("the secret cannot sign as {} does, {}",
                                              scheme.sender, key_description(scheme)));
}

SigningKeyUse used_keys(std::span<const Scheme* const> schemes, std::span<const SigningKey> keys) {
  const auto able = static_cast<std::size_t>(std::ranges::count_if(
      keys, [&](const SigningKey& key) { return can_sign_any(schemes, key); }));
  const bool room_for_one = schemes.front()->list == SignatureList::single && able > 1;
  return {.used = room_for_one ? 1 : able, .room_for_one = room_for_one};
}

Status check_signed_fields(const Scheme& scheme, const MessageToSign& message,
                           const Wording& wording) {
  const auto useless = [&](std::string_view field) {
    return fail(ErrorCode::usage,
                fmt::format("{} has no effect: {} does not sign it",
                            wording.setting({std::string(field)}), scheme.sender));
  };
  if (message.id && scheme.id_header.empty()) return useless("id");
  if (message.timestamp && scheme.timestamp != TimestampPlace::header &&
      scheme.timestamp != TimestampPlace::field) {
    return useless("timestamp");
  }
  return {};
}

Result<SignedRequest> sign_message(std::span<const Scheme* const> schemes,
                                   std::span<const SigningKey> keys, const MessageToSign& message,
                                   Time now, Random& random, const Wording& wording) {
  THIG_TRY(check_signed_fields(*schemes.front(), message, wording));
  const std::string id = message.id ? *message.id : fresh_message_id(random);
  const long long millis = to_millis(message.timestamp.value_or(now));
  const std::string timestamp =
      std::to_string(schemes.front()->in_milliseconds ? millis : millis / 1000);
  SignedRequest request{
      .headers = sign(schemes, keys,
                      {.id = id, .timestamp = timestamp, .url = message.url, .body = message.body}),
      .signed_contents = {}};
  THIG_TRY(check_readable(schemes, request.headers, message));
  for (const Scheme* scheme : schemes) request.signed_contents.push_back(scheme->content);
  return request;
}

std::string content_type_of(std::string_view body, std::span<const Scheme* const> schemes) {
  if (check_json(body, {.bytes = longest_message_body})) return "application/json";
  const bool form = std::ranges::any_of(schemes, [](const Scheme* scheme) {
    return scheme->content.find("{form}") != std::string::npos;
  });
  return form ? "application/x-www-form-urlencoded" : "application/octet-stream";
}

std::string signed_request_document(const SignedRequest& request, std::string_view scheme,
                                    std::string_view curl) {
  return object_document([&](JsonWriter& json) {
    json.key("scheme").text(scheme);
    write_headers(json, "headers", request.headers);
    write_texts(json, "signs", request.signed_contents);
    write_text_or_null(json, "curl", curl);
  });
}

}  // namespace thig

#include "core/incoming/challenge.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/base/json.h"
#include "core/base/json_pointer.h"
#include "core/incoming/answers.h"
#include "core/rules/form.h"

#include <algorithm>

namespace thig {
namespace {

constexpr std::size_t longest_challenge = 1024;

// What is echoed must not become anything else in a browser or a log.
bool is_echoable(std::string_view text) {
  return !text.empty() && text.size() <= longest_challenge &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

HttpResponse echo(const std::string& challenge) {
  if (is_echoable(challenge)) return plain_answer(challenge);
  return error_answer(400, "BAD_CHALLENGE",
                      "a challenge must have 1 to 1024 printable ASCII characters");
}

std::string text_at(std::string_view body, std::string_view pointer) {
  const auto value = json_at(body, pointer);
  return value ? json_text(*value).value_or("") : std::string();
}

HttpResponse answer_zoom(const SigningKey& key, const std::string& plain) {
  JsonWriter json;
  json.begin_object().key("plainToken").text(plain).key("encryptedToken");
  json.text(to_hex(hmac_sha256(key.verbatim, {plain}))).end_object();
  return json_answer(json.take());
}

}  // namespace

HttpResponse answer_get(const ServedHook& hook, std::string_view query) {
  if (const auto mode = form_field(query, "hub.mode")) {
    const std::string token = form_field(query, "hub.verify_token").value_or("");
    const bool known =
        !hook.hook.verify_token.empty() && constant_time_equal(token, hook.hook.verify_token);
    if (*mode != "subscribe" || !known) {
      return error_answer(403, "FORBIDDEN", "the verify token does not match");
    }
    return echo(form_field(query, "hub.challenge").value_or(""));
  }
  if (const auto challenge = form_field(query, "challenge")) return echo(*challenge);
  HttpResponse response = error_answer(405, "METHOD_NOT_ALLOWED",
                                       "send requests with POST; GET is only for challenges");
  response.headers.push_back({"allow", "GET, POST"});
  return response;
}

std::optional<HttpResponse> answer_unsigned_handshake(std::string_view query) {
  const auto token = form_field(query, "validationToken");
  if (!token) return std::nullopt;
  return echo(*token);
}

bool has_handshake(const ServedHook& hook) {
  const std::string& scheme = hook.hook.scheme;
  return scheme == "slack" || scheme == "zoom" || scheme == "discord";
}

std::optional<HttpResponse> answer_handshake(const ServedHook& hook, std::string_view body) {
  if (hook.hook.scheme == "slack" && text_at(body, "/type") == "url_verification") {
    return echo(text_at(body, "/challenge"));
  }
  if (hook.hook.scheme == "zoom" && text_at(body, "/event") == "endpoint.url_validation" &&
      !hook.keys.empty()) {
    const std::string plain = text_at(body, "/payload/plainToken");
    if (!is_echoable(plain)) return echo(plain);
    return answer_zoom(hook.keys.front(), plain);
  }
  if (hook.hook.scheme == "discord") {
    const auto type = json_at(body, "/type");
    const auto number = type ? json_integer(*type) : std::nullopt;
    if (number == 0) return HttpResponse{.status = 204, .headers = {}, .body = {}, .delay = {}};
    // An interaction's ping; with an event in it, it is one of the application's events.
    if (number == 1 && !json_at(body, "/event")) return json_answer(R"({"type":1})");
  }
  return std::nullopt;
}

}  // namespace thig

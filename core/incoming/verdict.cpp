#include "core/incoming/verdict.h"

#include "core/base/codec.h"
#include "core/base/hmac.h"
#include "core/base/json.h"
#include "core/base/json_pointer.h"
#include "core/incoming/answers.h"
#include "core/incoming/challenge.h"
#include "core/rules/incoming_rules.h"
#include "core/rules/request_body.h"
#include "core/rules/request_secrets.h"
#include "core/rules/request_values.h"
#include "core/rules/signing.h"
#include "core/rules/verification.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view incoming_path = "/api/webhooks/incoming/";
constexpr std::size_t longest_delivery_id = 256;
constexpr std::size_t longest_shown_part = 16;  // of a path in a log; a token has 43
constexpr std::size_t longest_headers = 16u << 10;

Verdict refuse(int status, std::string_view code, std::string text) {
  return {.arrived = {}, .answer = error_answer(status, code, text), .rejection = std::move(text)};
}

Verdict answer(HttpResponse response) {
  return {.arrived = {}, .answer = std::move(response), .rejection = {}};
}

std::string headers_as_json(std::span<const Header> headers) {
  JsonWriter json;
  json.begin_object();
  std::size_t size = 0;
  for (const Header& header : headers) {
    size += header.name.size() + header.value.size();
    if (size > longest_headers) break;
    json.key(header.name).text(header.value);
  }
  return json.end_object().take();
}

struct SignatureCheck {
  std::string problem;             // empty if all is well
  const Scheme* scheme = nullptr;  // the row that it was signed by; none where nobody signs
};

SignatureCheck check_signature(const ServedHook& hook, const ReceivedMessage& message, Time now) {
  if (hook.schemes.empty()) return {};
  const Verification found = verify(hook.schemes, hook.keys, message, {.now = now});
  if (found.valid()) return {.problem = {}, .scheme = found.scheme};
  if (!found.problem.empty()) return {.problem = found.problem};
  if (found.signature != SignatureVerdict::valid) return {.problem = "no signature matches"};
  return {.problem = found.age == AgeVerdict::too_old ? "the signature is too old"
                                                      : "the signature is from the future"};
}

// The sender's own name for a message. Where nobody says who the sender is, any header that one of
// them uses for it.
std::string delivery_id_of(const ServedHook& hook, const RequestView& view) {
  const auto value_at = [&](const ValueRef& where) {
    if (where.text.empty()) return std::string();
    return to_valid_utf8(value_of(where, view).value_or(""), longest_delivery_id);
  };
  if (!hook.schemes.empty()) return value_at(hook.schemes.front()->delivery_id);
  for (const Scheme& scheme : scheme_table()) {
    if (scheme.delivery_id.source != ValueSource::header) continue;
    if (std::string id = value_at(scheme.delivery_id); !id.empty()) return id;
  }
  return value_at({.source = ValueSource::header, .text = "idempotency-key"});
}

// What was signed, but for the id and the time: equal for messages that differ only in how they
// are written. Most senders sign the body as it is.
std::string content_key(const Scheme* scheme, const ReceivedMessage& message,
                        std::string_view beside) {
  const bool is_body = scheme == nullptr || !(signs_url(*scheme) || signs_form(*scheme));
  if (is_body) return fmt::format("body:{}:{}", to_hex(hash(Digest::sha256, message.body)), beside);
  const SignedContent content(
      scheme->content, {.id = {}, .timestamp = {}, .url = message.url, .body = message.body});
  return fmt::format("signed:{}:{}", to_hex(hash(Digest::sha256, content.joined())), beside);
}

// What a message that is sent again has in common with itself: its id, and what was signed. An id
// that the signature covers suffices, and so does one where nobody signs. Where a time is signed
// beside an id, equal contents at other times are other messages. Without a signature the query is
// as much a part of the message as the body.
std::vector<std::string> seen_keys(const ServedHook& hook, const Scheme* scheme,
                                   const ReceivedMessage& message, const RequestView& view,
                                   const std::string& delivery_id) {
  std::vector<std::string> keys;
  if (hook.hook.dedupe == Millis{0}) return keys;
  if (!delivery_id.empty()) keys.push_back("id:" + delivery_id);
  const auto has = [&](const std::string& member) {
    return json_at(view.body, member).has_value();
  };
  const bool id_suffices = scheme == nullptr || signs_delivery_id(*scheme) ||
                           std::ranges::any_of(scheme->repeatable, has);
  if (!delivery_id.empty() && id_suffices) return keys;
  std::string beside;
  if (scheme == nullptr) {
    beside = view.query;
  } else if (!delivery_id.empty()) {
    beside = read_message(*scheme, message).timestamp;
  }
  keys.push_back(content_key(scheme, message, beside));
  return keys;
}

// Whether the sender's id of a message, what else tells it apart, or its handshake is in the body.
bool sender_writes_json(const ServedHook& hook) {
  const auto looks_into_body = [](const Scheme* scheme) {
    return (scheme->delivery_id.source == ValueSource::pointer &&
            !scheme->delivery_id.text.empty()) ||
           !scheme->repeatable.empty();
  };
  return has_handshake(hook) || std::ranges::any_of(hook.schemes, looks_into_body);
}

Verdict refuse_too_large() {
  return refuse(413, "BODY_TOO_LARGE", "the body is too large");
}

}  // namespace

Verdict validate(const ServedHook& hook, HttpRequest& request, std::string_view url,
                 std::string_view client, Time now) {
  const std::string_view coding = request.header("content-encoding");
  if (!coding.empty() && ascii_lower(coding) != "identity") {
    return refuse(415, "UNSUPPORTED_ENCODING", "compressed bodies are not accepted");
  }
  const std::string_view query = query_of_target(request.target);
  if (hook.schemes.empty()) {
    if (auto handshake = answer_unsigned_handshake(query)) return answer(std::move(*handshake));
  }
  const ReceivedMessage message{.headers = request.headers, .body = request.body, .url = url};
  SignatureCheck checked = check_signature(hook, message, now);
  if (!checked.problem.empty()) {
    return refuse(401, "INVALID_SIGNATURE", std::move(checked.problem));
  }
  const bool needed = reads_json(hook.hook.action);
  Result<std::string> json;
  if (needed || sender_writes_json(hook)) {
    json = body_as_json(request.header("content-type"), request.body, hook.hook.max_body);
    if (!json && needed) return refuse(400, "BAD_REQUEST", std::move(json).error().text);
    if (!json) json.emplace();
    // A form grows where it becomes JSON.
    if (needed && json->size() > largest_body(hook.hook)) return refuse_too_large();
    if (auto handshake = answer_handshake(hook, *json)) return answer(std::move(*handshake));
  }

  const RequestView view{.body = *json, .headers = request.headers, .query = query};
  ArrivedRequest arrived;
  arrived.request.hook = hook.hook.id;
  arrived.request.received_at = now;
  arrived.request.peer = client;
  arrived.request.content_type = to_valid_utf8(request.header("content-type"), 200);
  arrived.request.headers = headers_as_json(request.headers);
  arrived.request.query = query;
  // Whoever reads the record must not get in anywhere with it.
  arrived.masked = mask_request(arrived.request.headers, arrived.request.query);
  arrived.request.delivery_id = delivery_id_of(hook, view);
  arrived.request.body_size = request.body.size();
  arrived.seen_keys = seen_keys(hook, checked.scheme, message, view, arrived.request.delivery_id);
  arrived.forget_at = now + hook.hook.dedupe;
  arrived.request.body = std::move(request.body);
  return {.arrived = std::move(arrived), .answer = {}, .rejection = {}};
}

std::optional<std::string_view> token_of_target(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with(incoming_path)) return std::nullopt;
  return path.substr(incoming_path.size());
}

std::string_view query_of_target(std::string_view target) {
  const auto mark = target.find('?');
  return mark == target.npos ? std::string_view() : target.substr(mark + 1);
}

// A path that is misspelled may have a token in it all the same: whatever is as long as a part of
// one, or written in escapes.
std::string redacted_target(std::string_view target) {
  if (token_of_target(target)) return std::string(incoming_path) + "…";
  std::string shown;
  for (std::string_view path = target.substr(0, target.find_first_of("?#"));;) {
    const std::string_view part = path.substr(0, path.find('/'));
    const bool harmless = part.size() <= longest_shown_part && !part.contains('%');
    shown += harmless ? part : "…";
    if (part.size() == path.size()) return shown;
    shown += '/';
    path.remove_prefix(part.size() + 1);
  }
}

}  // namespace thig

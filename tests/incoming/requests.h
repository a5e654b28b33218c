// Requests as senders make them, webhooks as they are served, and what was answered.
#pragma once

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/json_pointer.h"
#include "core/incoming/current_hooks.h"
#include "core/net/http_server.h"
#include "core/rules/request_values.h"
#include "core/rules/signing.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thig {

inline const std::string incoming_path = "/api/webhooks/incoming/";
inline const std::string sample_token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
inline const std::string public_url = "https://hooks.example.com";
// One that every scheme with a digest can sign with.
inline const std::string sample_key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline const std::string sample_seed(32, 's');

inline std::string key_for(std::string_view scheme) {
  return scheme == "discord" ? "whsk_" + to_base64(sample_seed) : sample_key;
}

// A webhook with this scheme and its key_for; without a scheme, its token is all that is checked.
inline ServedHook served(std::string_view scheme = "") {
  ServedHook hook;
  hook.hook.id = {7};
  hook.hook.name = "inbox";
  hook.hook.scheme = scheme;
  if (!scheme.empty()) {
    hook.schemes = schemes_named(scheme);
    hook.keys = {signing_key(key_for(scheme))};
  }
  return hook;
}

inline HttpRequest post(std::string body, std::vector<Header> headers = {},
                        std::string_view query = "") {
  HttpRequest request;
  request.method = "POST";
  request.target = incoming_path + sample_token;
  if (!query.empty()) request.target += "?" + std::string(query);
  request.headers = std::move(headers);
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  request.peer = "192.0.2.1";
  return request;
}

// As a sender of that scheme makes it at that time.
inline HttpRequest signed_post(std::string_view scheme, Time at, std::string body,
                               std::vector<Header> headers = {}, std::string_view id = "msg_1",
                               std::string_view query = "") {
  HttpRequest request = post(std::move(body), std::move(headers), query);
  const std::string timestamp = std::to_string(to_unix_seconds(at));
  const std::string url = public_url + request.target;
  const SigningKey key = signing_key(key_for(scheme));
  const auto signatures =
      sign(schemes_named(scheme), {&key, 1},
           {.id = id, .timestamp = timestamp, .url = url, .body = request.body});
  request.headers.insert(request.headers.end(), signatures.begin(), signatures.end());
  return request;
}

inline std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}
// A text in a JSON document; empty if it is not there.
inline std::string text_in(std::string_view json, std::string_view pointer) {
  const auto value = json_at(json, pointer);
  return value ? json_text(*value).value_or(std::string(*value)) : std::string();
}
inline std::string error_code(const HttpResponse& response) {
  return text_in(response.body, "/code");
}
inline bool is_plain_text(const HttpResponse& response) {
  return header_of(response, "content-type") == "text/plain" &&
         header_of(response, "x-content-type-options") == "nosniff";
}

}  // namespace thig

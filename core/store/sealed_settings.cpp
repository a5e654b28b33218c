#include "core/store/sealed_settings.h"

#include "core/base/json.h"

#include <fmt/format.h>

namespace thig {

namespace {

std::string headers_place(EndpointId id) {
  return "endpoint.sealed_headers:" + to_text(id);
}

std::string verify_token_place(IncomingHookId id) {
  return "incoming_hook.sealed_verify_token:" + to_text(id);
}

std::string request_place(RequestId id) {
  return "incoming_request.sealed:" + to_text(id);
}

std::unexpected<Error> damaged_setting(std::string_view what) {
  return fail(ErrorCode::database, fmt::format("the sealed settings of {} are damaged", what),
              "restore the database from a backup");
}

// [["name","value"], …]
Result<std::vector<Header>> parse_headers(std::string_view json, EndpointId id) {
  std::vector<Header> headers;
  for (const std::string_view pair : json_elements(json)) {
    const auto parts = json_elements(pair);
    auto name = parts.size() == 2 ? json_text(parts[0]) : std::nullopt;
    auto value = parts.size() == 2 ? json_text(parts[1]) : std::nullopt;
    if (!name || !value) return damaged_setting(to_text(id));
    headers.push_back({std::move(*name), std::move(*value)});
  }
  return headers;
}

}  // namespace

Result<std::string> seal_headers(Sealing& sealing, EndpointId id,
                                 const std::vector<Header>& headers) {
  if (headers.empty()) return std::string();
  JsonWriter json;
  json.begin_array();
  for (const Header& header : headers) {
    json.begin_array().text(header.name).text(header.value).end_array();
  }
  return sealing.seal(json.end_array().take(), headers_place(id));
}

Result<std::vector<Header>> unseal_headers(Sealing& sealing, EndpointId id,
                                           std::string_view sealed) {
  if (sealed.empty()) return std::vector<Header>();
  THIG_TRY_ASSIGN(json, sealing.open(sealed, headers_place(id)));
  return parse_headers(json, id);
}

Result<std::string> seal_verify_token(Sealing& sealing, IncomingHookId id, std::string_view token) {
  if (token.empty()) return std::string();
  return sealing.seal(token, verify_token_place(id));
}

Result<std::string> unseal_verify_token(Sealing& sealing, IncomingHookId id,
                                        std::string_view sealed) {
  if (sealed.empty()) return std::string();
  return sealing.open(sealed, verify_token_place(id));
}

Result<std::string> seal_request(Sealing& sealing, RequestId id, std::string_view headers,
                                 std::string_view query) {
  JsonWriter json;
  json.begin_object().key("headers").raw(headers).key("query").text(query).end_object();
  return sealing.seal(json.take(), request_place(id));
}

Status unseal_request(Sealing& sealing, std::string_view sealed, IncomingRequest& request) {
  if (sealed.empty()) return {};
  THIG_TRY_ASSIGN(json, sealing.open(sealed, request_place(request.id)));
  const auto headers = json_find(json, "headers");
  const auto query = json_find(json, "query");
  auto query_text = query ? json_text(*query) : std::nullopt;
  if (!headers || !query_text) return damaged_setting(to_text(request.id));
  request.headers = std::string(*headers);
  request.query = std::move(*query_text);
  return {};
}

}  // namespace thig

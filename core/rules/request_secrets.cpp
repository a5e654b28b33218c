#include "core/rules/request_secrets.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/rules/form.h"
#include "core/rules/scheme.h"

#include <algorithm>

namespace thig {
namespace {

constexpr std::string_view secret_parts[] = {"token",    "secret",     "key",
                                             "password", "auth",       "authorization",
                                             "cookie",   "credential", "session"};
constexpr std::string_view sealed_value = "(sealed)";

bool names_a_delivery(std::string_view name) {
  return std::ranges::any_of(scheme_table(), [&](const Scheme& scheme) {
    return scheme.delivery_id.source == ValueSource::header && scheme.delivery_id.text == name;
  });
}

// Each field as it is written, but for the values of those that are secret.
std::string mask_query(std::string_view query) {
  std::string masked;
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(field.size());
    const auto fields = form_fields(field);
    const bool secret = !fields.empty() && is_secret_name(fields.front().first);
    masked += secret ? field.substr(0, field.find('=')) : field;
    if (secret) masked.append("=").append(sealed_value);
    if (query.empty()) break;
    masked += '&';
    query.remove_prefix(1);
  }
  return masked;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::string lower = ascii_lower(name);
  bool secret = false;
  for (std::string_view rest = lower; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find_first_of("-_."));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part == "idempotency") return false;
    secret = secret || std::ranges::find(secret_parts, part) != std::end(secret_parts);
  }
  return secret && !names_a_delivery(lower);
}

std::optional<MaskedRequest> mask_request(std::string_view headers, std::string_view query) {
  MaskedRequest masked{.headers = {}, .query = mask_query(query)};
  bool differs = masked.query != query;
  JsonWriter json;
  json.begin_object();
  for (const JsonMember& member : json_members(headers)) {
    const bool secret = is_secret_name(member.name);
    differs = differs || secret;
    json.key(member.name);
    secret ? json.null() : json.raw(member.value);
  }
  if (!differs) return std::nullopt;
  masked.headers = json.end_object().take();
  return masked;
}

}  // namespace thig

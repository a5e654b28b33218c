#include "core/rules/request_body.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/rules/charset.h"
#include "core/rules/form.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(std::string_view content_type) {
  return ascii_lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

// The value of "charset" in "text/plain; charset=utf-8"; empty if it is not there.
std::string parameter(std::string_view content_type, std::string_view wanted) {
  auto semicolon = content_type.find(';');
  while (semicolon != content_type.npos) {
    content_type.remove_prefix(semicolon + 1);
    semicolon = content_type.find(';');
    const std::string_view each = content_type.substr(0, semicolon);
    const auto equals = std::min(each.find('='), each.size());
    if (ascii_lower(trimmed(each.substr(0, equals))) != wanted) continue;
    std::string_view value = trimmed(each.substr(std::min(equals + 1, each.size())));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return std::string(value);
  }
  return {};
}

bool is_json_type(std::string_view type) {
  return type.empty() || type == "application/json" || type.ends_with("+json");
}

Result<std::string> checked_json(std::string_view text, std::size_t most) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return std::string("{}");
  THIG_TRY(check_json(text, {.bytes = most, .unique_names = true}));
  return std::string(text);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

// What the content type says, or else the form itself, in a field of that name (PayPal, browsers).
std::string charset_of(std::string_view content_type, const Fields& fields) {
  if (std::string said = parameter(content_type, "charset"); !said.empty()) return said;
  for (const auto& [name, value] : fields) {
    if (name == "charset" || name == "_charset_") return value;
  }
  return {};
}

Result<std::string> form_as_json(std::string_view content_type, std::string_view body,
                                 std::size_t most) {
  if (std::ranges::count(body, '&') >= most_form_fields) {
    return fail(ErrorCode::invalid,
                fmt::format("the form has more than {} fields", most_form_fields));
  }
  if (body.size() > most) {
    return fail(ErrorCode::invalid,
                fmt::format("a form of {} bytes is over the limit of {} bytes", body.size(), most));
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> fields;
  const Fields sent = form_fields(body);
  const std::string charset = charset_of(content_type, sent);
  for (const auto& [name_bytes, value_bytes] : sent) {
    std::string name = utf8_from(charset, name_bytes);
    std::string value = utf8_from(charset, value_bytes);
    const auto known = std::ranges::find(fields, name, [](const auto& f) { return f.first; });
    if (known == fields.end()) {
      fields.push_back({std::move(name), {std::move(value)}});
    } else {
      known->second.push_back(std::move(value));
    }
  }
  for (const auto& [name, values] : fields) {
    if (name != "payload" || !values.front().starts_with('{')) continue;
    if (values.size() == 1) return checked_json(values.front(), most);
    return fail(ErrorCode::invalid, "the form has more than one payload");
  }
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, values] : fields) {
    json.key(name);
    if (values.size() == 1) {
      json.text(values.front());
      continue;
    }
    json.begin_array();
    for (const std::string& value : values) json.text(value);
    json.end_array();
  }
  return json.end_object().take();
}

// No form is, so the content type is a slip, or a lie about a body that was signed as JSON.
bool is_json_object(std::string_view body, std::size_t most) {
  return body.starts_with('{') && check_json(body, {.bytes = most});
}

}  // namespace

bool is_form_type(std::string_view content_type) {
  return media_type(content_type) == form_type;
}

bool is_accepted_type(std::string_view content_type, std::span<const std::string> accepted) {
  const std::string type = media_type(content_type);
  if (accepted.empty()) return is_json_type(type) || type == form_type;
  return std::ranges::any_of(accepted,
                             [&](const std::string& each) { return media_type(each) == type; });
}

Result<std::string> body_as_json(std::string_view content_type, std::string_view body,
                                 std::size_t most) {
  const std::string type = media_type(content_type);
  if (type == form_type && !is_json_object(body, most)) {
    return form_as_json(content_type, body, most);
  }
  // Whatever else a webhook accepts by its list must be JSON all the same.
  return checked_json(body, most);
}

}  // namespace thig

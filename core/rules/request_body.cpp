#include "core/rules/request_body.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/rules/form.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// "application/json" of "Application/JSON; charset=utf-8".
std::string media_type(std::string_view content_type) {
  return ascii_lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view type) {
  return type.empty() || type == "application/json" || type.ends_with("+json");
}

Result<std::string> checked_json(std::string_view text, std::size_t most) {
  if (text.find_first_not_of(" \t\r\n") == text.npos) return std::string("{}");
  THIG_TRY(check_json(text, {.bytes = most}));
  std::set<std::string> names;
  for (JsonMember& member : json_members(text)) {
    if (!names.insert(member.name).second) {
      return fail(ErrorCode::invalid, fmt::format("there are two members named \"{}\"",
                                                  printable(to_valid_utf8(member.name, 60))));
    }
  }
  return std::string(text);
}

Result<std::string> form_as_json(std::string_view body, std::size_t most) {
  if (std::ranges::count(body, '&') >= most_form_fields) {
    return fail(ErrorCode::invalid,
                fmt::format("the form has more than {} fields", most_form_fields));
  }
  if (body.size() > most) {
    return fail(ErrorCode::invalid,
                fmt::format("a form of {} bytes is over the limit of {} bytes", body.size(), most));
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> fields;
  for (auto& [name, value] : form_fields(body)) {
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) {
      return fail(ErrorCode::invalid, "the form is no UTF-8");
    }
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

}  // namespace

bool is_accepted_type(std::string_view content_type, std::span<const std::string> accepted) {
  const std::string type = media_type(content_type);
  if (accepted.empty()) return is_json_type(type) || type == form_type;
  return std::ranges::any_of(accepted,
                             [&](const std::string& each) { return media_type(each) == type; });
}

Result<std::string> body_as_json(std::string_view content_type, std::string_view body,
                                 std::size_t most) {
  const std::string type = media_type(content_type);
  if (type == form_type) return form_as_json(body, most);
  // Whatever else a webhook accepts by its list must be JSON all the same.
  return checked_json(body, most);
}

}  // namespace thig

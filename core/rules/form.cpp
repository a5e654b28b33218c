#include "core/rules/form.h"

#include "core/base/codec.h"

#include <algorithm>

namespace thig {
namespace {

std::string decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out += ' ';
      continue;
    }
    const auto byte = text[at] == '%' ? from_hex(text.substr(at + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      out += *byte;
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> form_fields(std::string_view form) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!form.empty()) {
    const std::string_view field = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(field.size() + 1, form.size()));
    if (field.empty()) continue;
    const auto equals = std::min(field.find('='), field.size());
    const auto value = field.substr(std::min(equals + 1, field.size()));
    fields.emplace_back(decode(field.substr(0, equals)), decode(value));
  }
  return fields;
}

std::string percent_encoded(std::string_view text, bool plus, bool lower_case) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view(plus ? "-._" : "-._~").contains(c);
    if (plain) {
      out += c;
    } else if (c == ' ' && plus) {
      out += '+';
    } else {
      std::string digits = to_hex(std::string_view(&c, 1));
      if (!lower_case) {
        std::ranges::transform(digits, digits.begin(), [](char digit) {
          return digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit;
        });
      }
      out.append("%").append(digits);
    }
  }
  return out;
}

std::string sorted_form(std::string_view form) {
  auto fields = form_fields(form);
  std::ranges::sort(fields);
  const auto repeated = std::ranges::unique(fields);
  fields.erase(repeated.begin(), repeated.end());
  std::string text;
  for (const auto& [name, value] : fields) text.append(name).append(value);
  return text;
}

std::optional<std::string> form_field(std::string_view form, std::string_view name) {
  for (auto& [field, value] : form_fields(form)) {
    if (field == name) return std::move(value);
  }
  return std::nullopt;
}

std::optional<std::string> query_field(std::string_view url, std::string_view name) {
  const auto mark = url.find('?');
  if (mark == url.npos) return std::nullopt;
  const auto query = url.substr(mark + 1);
  return form_field(query.substr(0, query.find('#')), name);
}

}  // namespace thig

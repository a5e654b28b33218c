// Reading slices of JSON text that check_json has accepted. Trusts the grammar, never the bounds.
#include "core/base/json.h"

#include <algorithm>
#include <charconv>

namespace thig {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 63));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 63));
    put(0x80 | (code >> 6 & 63));
    put(0x80 | (code & 63));
  }
}

// Reads from the left; every step stops at the end of the text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_blank(); }

  bool take(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    skip_blank();
    return true;
  }

  // The next value as it is written; empty if there is none.
  std::string_view value() {
    const std::size_t start = at_;
    skip_value();
    const std::string_view found = text_.substr(start, at_ - start);
    skip_blank();
    return found;
  }

 private:
  void skip_blank() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  // To behind the next quote that has an even number of backslashes before it.
  void skip_string() {
    const std::size_t start = at_ + 1;
    for (std::size_t quote = start;; ++quote) {
      quote = text_.find('"', quote);
      if (quote == text_.npos) {
        at_ = text_.size();
        return;
      }
      std::size_t plain_end = quote;
      while (plain_end > start && text_[plain_end - 1] == '\\') --plain_end;
      if ((quote - plain_end) % 2 == 0) {
        at_ = quote + 1;
        return;
      }
    }
  }

  void skip_scalar() {
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != ',' && text_[at_] != '}' &&
           text_[at_] != ']' && text_[at_] != ':' && text_[at_] != '"') {
      ++at_;
    }
  }

  // Counts brackets instead of calling itself: the depth of the input is not ours to trust.
  void skip_container() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return;
    }
  }

  void skip_value() {
    if (at_ >= text_.size()) return;
    const char c = text_[at_];
    if (c == '"') {
      skip_string();
    } else if (c == '{' || c == '[') {
      skip_container();
    } else {
      skip_scalar();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string_view without_blanks(std::string_view value) {
  while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
  return value;
}

// The four digits after "\u" at the text's start, which are taken off it.
std::uint32_t take_code_unit(std::string_view& text) {
  std::uint32_t unit = 0;
  const std::string_view digits = text.substr(0, 4);
  std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  text.remove_prefix(digits.size());
  return unit;
}

std::uint32_t take_code_point(std::string_view& text) {
  const std::uint32_t unit = take_code_unit(text);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  constexpr std::uint32_t replacement = 0xfffd;
  if (unit > 0xdbff || !text.starts_with("\\u")) return replacement;
  // What does not belong to it stands for itself.
  std::string_view rest = text.substr(2);
  const std::uint32_t second = take_code_unit(rest);
  if (second < 0xdc00 || second > 0xdfff) return replacement;
  text = rest;
  return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

void append_escape(std::string& out, std::string_view& text) {
  const char kind = text.front();
  text.remove_prefix(1);
  switch (kind) {
    case 'b':
      out.push_back('\b');
      break;
    case 'f':
      out.push_back('\f');
      break;
    case 'n':
      out.push_back('\n');
      break;
    case 'r':
      out.push_back('\r');
      break;
    case 't':
      out.push_back('\t');
      break;
    case 'u':
      append_utf8(out, take_code_point(text));
      break;
    default:
      out.push_back(kind);
  }
}

// What stands between the quotes.
std::string_view inside(std::string_view string) {
  if (string.size() < 2) return {};
  return string.substr(1, string.size() - 2);
}

std::string decoded(std::string_view inside) {
  std::string out;
  for (;;) {
    const std::size_t escape = inside.find('\\');
    out += inside.substr(0, escape);
    if (escape == inside.npos) return out;
    inside.remove_prefix(escape + 1);
    if (!inside.empty()) append_escape(out, inside);
  }
}

// Calls visit(name as written between its quotes, value) for each member until it answers false.
template <class Visit>
void for_each_member(std::string_view object, Visit visit) {
  Scanner scanner(object);
  if (!scanner.take('{')) return;
  do {
    const std::string_view name = scanner.value();
    if (!name.starts_with('"') || !scanner.take(':')) return;
    const std::string_view value = scanner.value();
    if (value.empty() || !visit(inside(name), value)) return;
  } while (scanner.take(','));
}

}  // namespace

JsonKind json_kind(std::string_view value) {
  value = without_blanks(value);
  switch (value.empty() ? 'n' : value.front()) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return JsonKind::number;
  }
}

std::vector<JsonMember> json_members(std::string_view value) {
  std::vector<JsonMember> members;
  for_each_member(value, [&](std::string_view name, std::string_view slice) {
    if (members.empty()) members.reserve(8);
    members.push_back({decoded(name), slice});
    return true;
  });
  return members;
}

std::optional<std::string_view> json_find(std::string_view value, std::string_view name) {
  std::optional<std::string_view> found;
  for_each_member(value, [&](std::string_view written, std::string_view slice) {
    const bool escaped = written.find('\\') != written.npos;
    if (escaped ? decoded(written) == name : written == name) found = slice;
    return !found;
  });
  return found;
}

std::vector<std::string_view> json_elements(std::string_view value) {
  std::vector<std::string_view> elements;
  Scanner scanner(value);
  if (!scanner.take('[')) return elements;
  do {
    const std::string_view element = scanner.value();
    if (element.empty()) break;
    elements.push_back(element);
  } while (scanner.take(','));
  return elements;
}

std::optional<std::string> json_text(std::string_view value) {
  value = without_blanks(value);
  if (!value.starts_with('"')) return std::nullopt;
  return decoded(inside(value));
}

std::optional<std::int64_t> json_integer(std::string_view value) {
  value = without_blanks(value);
  std::int64_t number = 0;
  const char* const begin = value.data();
  const char* const end = begin + value.size();
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

std::optional<bool> json_boolean(std::string_view value) {
  value = without_blanks(value);
  if (value == "true") return true;
  if (value == "false") return false;
  return std::nullopt;
}

}  // namespace thig

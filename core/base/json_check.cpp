// Checking JSON by its grammar (RFC 8259). Never recurses, keeps no text, and looks at no value: a
// number may be of any size, an escape may be half a surrogate pair.
#include "core/base/codec.h"
#include "core/base/json.h"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace thig {
namespace {

// A byte that is legal inside any string and means nothing but itself.
constexpr auto plain_in_string = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool is_plain_in_string(char c) {
  return plain_in_string[static_cast<unsigned char>(c)];
}

bool is_json_digit(char c) {
  return c >= '0' && c <= '9';
}

// The names of the objects that are open, to find one that is there twice.
class OpenNames {
 public:
  void open() { starts_.push_back(names_.size()); }

  // `written` with its quotes; must stay where it is.
  void add(std::string_view written) {
    if (written.find('\\') == written.npos) {
      names_.push_back(written.substr(1, written.size() - 2));
    } else {
      names_.push_back(decoded_.emplace_back(json_text(written).value_or("")));
    }
  }

  // A name that the innermost object has twice; it is closed.
  std::optional<std::string_view> close() {
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(starts_.back());
    std::sort(first, names_.end());
    const auto twice = std::adjacent_find(first, names_.end());
    std::optional<std::string_view> found;
    if (twice != names_.end()) found = *twice;
    names_.erase(first, names_.end());
    starts_.pop_back();
    if (starts_.empty()) decoded_.clear();
    return found;
  }

 private:
  std::vector<std::string_view> names_;
  std::vector<std::size_t> starts_;
  std::deque<std::string> decoded_;  // a deque moves none of them
};

class JsonChecker {
 public:
  JsonChecker(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  bool check() {
    for (skip_blank(); value(); skip_blank()) {
      if (!after_value()) return false;
      if (open_.empty()) return at_ == text_.size() || wrong("unexpected text after the value");
    }
    return false;
  }

  std::size_t at() const { return at_; }
  const std::string& reason() const { return reason_; }
  bool malformed() const { return malformed_; }

 private:
  bool wrong(std::string_view reason) {
    reason_ = reason;
    return false;
  }
  bool cut_off() { return wrong("unexpected end of input"); }
  bool refused(std::string reason) {
    malformed_ = false;
    reason_ = std::move(reason);
    return false;
  }

  bool at_end() const { return at_ == text_.size(); }
  bool next_is(char c) const { return !at_end() && text_[at_] == c; }
  void skip_blank() {
    while (next_is(' ') || next_is('\n') || next_is('\r') || next_is('\t')) ++at_;
  }

  // A scalar, an empty container, or the way down to the first of these within containers.
  bool value() {
    for (;;) {
      if (at_end()) return cut_off();
      const char c = text_[at_];
      if (c != '{' && c != '[') return scalar(c);
      if (open_.size() >= static_cast<std::size_t>(std::max(limits_.depth, 0))) {
        return refused(fmt::format("JSON is nested more than {} levels deep", limits_.depth));
      }
      open(c);
      if (next_is(c == '{' ? '}' : ']')) return close();
      if (c == '{' && !name()) return false;
    }
  }

  // What closes behind a value, and the comma and name before the next. `open_` is empty at the
  // document's end.
  bool after_value() {
    for (skip_blank(); !open_.empty(); skip_blank()) {
      if (at_end()) return cut_off();
      const bool object = open_.back() == '{';
      if (next_is(object ? '}' : ']')) {
        if (!close()) return false;
        continue;
      }
      if (!next_is(',')) return wrong(object ? "expected , or }" : "expected , or ]");
      ++at_;
      skip_blank();
      return !object || name();
    }
    return true;
  }

  void open(char c) {
    open_.push_back(c);
    if (c == '{' && limits_.unique_names) names_.open();
    ++at_;
    skip_blank();
  }

  bool close() {
    const char opened = open_.back();
    open_.pop_back();
    if (opened == '{' && limits_.unique_names) {
      if (const auto twice = names_.close()) {
        return refused(fmt::format("the JSON has an object with two members named \"{}\"",
                                   printable(to_valid_utf8(*twice, 60))));
      }
    }
    ++at_;
    return true;
  }

  bool name() {
    if (at_end()) return cut_off();
    if (!next_is('"')) return wrong("expected a name in double quotes");
    const std::size_t start = at_;
    if (!string()) return false;
    if (limits_.unique_names) names_.add(text_.substr(start, at_ - start));
    skip_blank();
    if (at_end()) return cut_off();
    if (!next_is(':')) return wrong("expected :");
    ++at_;
    skip_blank();
    return true;
  }

  bool scalar(char c) {
    if (c == '"') return string();
    if (c == '-' || is_json_digit(c)) return number();
    for (const std::string_view literal : {"true", "false", "null"}) {
      if (c == literal.front()) return take_literal(literal);
    }
    return wrong("expected a value");
  }

  bool take_literal(std::string_view literal) {
    for (const char wanted : literal) {
      if (at_end()) return cut_off();
      if (!next_is(wanted)) return wrong("invalid literal");
      ++at_;
    }
    return true;
  }

  bool number() {
    if (next_is('-')) ++at_;
    if (next_is('0')) {
      ++at_;
      if (!at_end() && is_json_digit(text_[at_])) return wrong("a number cannot begin with 0");
    } else if (!digits()) {
      return false;
    }
    if (next_is('.')) {
      ++at_;
      if (!digits()) return false;
    }
    if (!next_is('e') && !next_is('E')) return true;
    ++at_;
    if (next_is('+') || next_is('-')) ++at_;
    return digits();
  }

  bool digits() {
    if (at_end()) return cut_off();
    if (!is_json_digit(text_[at_])) return wrong("expected a digit");
    while (!at_end() && is_json_digit(text_[at_])) ++at_;
    return true;
  }

  bool string() {
    for (++at_;;) {
      std::size_t at = at_;  // a local one stays in a register: this is most of the work
      while (at < text_.size() && is_plain_in_string(text_[at])) ++at;
      at_ = at;
      if (at_end()) return cut_off();
      const char c = text_[at_];
      if (c == '"') break;
      if (c == '\\') {
        if (!escape()) return false;
        continue;
      }
      const std::size_t length = utf8_sequence_length(text_.substr(at_, 4));
      if (length == 0) return wrong("a string is not UTF-8");
      if (static_cast<unsigned char>(c) < 0x20) return wrong("a control character in a string");
      at_ += length;
    }
    ++at_;
    return true;
  }

  bool escape() {
    ++at_;
    if (at_end()) return cut_off();
    const char kind = text_[at_];
    if (!std::string_view("\"\\/bfnrtu").contains(kind)) return wrong("unknown escape");
    ++at_;
    for (int digit = 0; kind == 'u' && digit < 4; ++digit, ++at_) {
      if (at_end()) return cut_off();
      const char c = text_[at_];
      const bool hex = is_json_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!hex) return wrong("\\u is not followed by 4 hexadecimal digits");
    }
    return true;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::size_t at_ = 0;
  std::string open_;  // the containers around this place, as they begin
  OpenNames names_;
  std::string reason_;
  bool malformed_ = true;  // otherwise it is JSON, but not to be taken
};

// "byte 57", and in a text of several lines "line 4, column 9 (byte 57)"; a column is a character.
std::string describe_place(std::string_view text, std::size_t at) {
  const auto first_end = text.find('\n');
  if (first_end == text.npos || first_end + 1 == text.size()) return fmt::format("byte {}", at + 1);
  const std::string_view before = text.substr(0, at);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  const auto begins_one = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return fmt::format("line {}, column {} (byte {})", std::ranges::count(before, '\n') + 1,
                     std::ranges::count_if(line, begins_one) + 1, at + 1);
}

}  // namespace

Status check_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return fail(ErrorCode::invalid, fmt::format("JSON of {} bytes is over the limit of {} bytes",
                                                text.size(), limits.bytes));
  }
  const auto bad_json = [&](std::size_t at, std::string_view reason) {
    return fail(ErrorCode::invalid,
                fmt::format("not valid JSON at {}: {}", describe_place(text, at), reason));
  };
  if (text.starts_with("\xEF\xBB\xBF")) return bad_json(0, "a byte order mark");
  JsonChecker checker(text, limits);
  if (checker.check()) return {};
  // A text that is cut off is wrong at its last byte.
  const std::size_t at = std::min(checker.at(), std::max<std::size_t>(text.size(), 1) - 1);
  if (at < text.size() && text[at] == '\0') return bad_json(at, "a NUL byte");
  if (checker.malformed()) return bad_json(at, checker.reason());
  return fail(ErrorCode::invalid, checker.reason());
}

}  // namespace thig

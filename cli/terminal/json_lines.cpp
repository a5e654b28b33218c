#include "cli/terminal/json_lines.h"

namespace thig {

void JsonLines::add(std::string_view json, std::string& out) {
  for (const char c : json) take(c, out);
}

void JsonLines::take(char c, std::string& out) {
  if (in_text_) {
    out += c;
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_text_ = false;
    }
    return;
  }
  const bool opens = c == '[' || c == '{';
  const bool closes = c == ']' || c == '}';
  if (depth_ == 0) {
    // The line end of a list is that of its last element.
    if (c == '\n' && list_) {
      list_ = false;
      return;
    }
    if (c == '[') {
      list_ = true;
      any_ = false;
      ++depth_;
      return;
    }
  }
  if (list_ && depth_ == 1 && (c == ',' || c == ']')) {
    if (any_) out += '\n';
    if (c == ']') depth_ = 0;
    return;
  }
  if (opens) ++depth_;
  if (closes) --depth_;
  if (c == '"') in_text_ = true;
  if (list_) any_ = true;
  out += c;
}

}  // namespace thig

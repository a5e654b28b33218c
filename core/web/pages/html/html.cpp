#include "core/web/pages/html/html.h"

#include "core/base/codec.h"

namespace thig {
namespace {

constexpr std::string_view special = "&<>\"'";

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return "&#39;";
  }
}

// Without ends of lines and tabs.
void append_line(std::string& out, std::string_view line) {
  const std::string shown = printable(line);
  std::size_t from = 0;
  for (std::size_t at = shown.find_first_of(special); at != std::string::npos;
       at = shown.find_first_of(special, from)) {
    out.append(shown, from, at - from);
    out += escape_of(shown[at]);
    from = at + 1;
  }
  out.append(shown, from);
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t at = text.find_first_of("\n\t");
    append_line(out, text.substr(0, at));
    if (at == text.npos) return;
    out += text[at];
    text.remove_prefix(at + 1);
  }
}

// All of it but the ampersands of its query is escaped as a URL.
void HtmlWriter::append(std::string& out, const Link& link) {
  for (const char c : link.text()) {
    if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
}

Attribute HtmlWriter::attribute(std::string_view name, std::string_view value) {
  Attribute attribute;
  attribute.text_.append(" ").append(name).append("=\"");
  append_escaped(attribute.text_, value);
  attribute.text_ += '"';
  return attribute;
}

Attribute HtmlWriter::flag(std::string_view name) {
  Attribute attribute;
  attribute.text_.append(" ").append(name);
  return attribute;
}

}  // namespace thig

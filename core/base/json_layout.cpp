#include "core/base/json_layout.h"

#include "core/base/codec.h"
#include "core/base/json.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace thig {
namespace {

using Escapes = JsonLayout::Escapes;

std::string ascii_escape(std::uint32_t code) {
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  code -= 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

class Writer {
 public:
  Writer(std::string_view text, const JsonLayout& layout) : text_(text), layout_(layout) {}

  std::string write(std::size_t most) {
    while (at_ < text_.size() && out_.size() <= most) step();
    return out_.size() <= most ? std::move(out_) : std::string();
  }

 private:
  void step() {
    const char c = text_[at_];
    switch (c) {
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        ++at_;
        return;
      case '"':
        return copy_text();
      case '{':
      case '[':
        return open(c);
      case '}':
      case ']':
        depth_ = std::max(depth_ - 1, 0);
        break_line();
        break;
      case ',':
        out_ += ',';
        ++at_;
        if (on_one_line() && layout_.spaced) out_ += ' ';
        return break_line();
      case ':':
        out_ += layout_.spaced ? ": " : ":";
        ++at_;
        return;
      default:
        break;
    }
    out_ += c;
    ++at_;
  }

  void open(char bracket) {
    out_ += bracket;
    const auto next = text_.find_first_not_of(" \t\r\n", at_ + 1);
    at_ = next == text_.npos ? text_.size() : next;
    if (at_ < text_.size() && (text_[at_] == '}' || text_[at_] == ']')) {
      out_ += text_[at_++];
      return;
    }
    ++depth_;
    break_line();
  }

  bool on_one_line() const { return layout_.indent == 0 && !layout_.tabs; }

  void break_line() {
    if (on_one_line()) return;
    const int width = layout_.tabs ? 1 : layout_.indent;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth_ * width), layout_.tabs ? '\t' : ' ');
  }

  void copy_text() {
    out_ += text_[at_++];
    while (at_ < text_.size() && text_[at_] != '"') copy_character();
    if (at_ < text_.size()) out_ += text_[at_++];
  }

  void copy_character() {
    if (text_[at_] == '\\') return copy_escape();
    const auto length = std::max<std::size_t>(utf8_sequence_length(text_.substr(at_)), 1);
    const auto sequence = text_.substr(at_, length);
    at_ += length;
    const bool ascii = layout_.escapes == Escapes::ascii || layout_.escapes == Escapes::php;
    const bool slashes = layout_.escapes == Escapes::slashes || layout_.escapes == Escapes::php;
    if (ascii && length > 1) {
      out_ += ascii_escape(code_point(sequence));
    } else if (slashes && sequence == "/") {
      out_ += "\\/";
    } else if (layout_.escapes == Escapes::html && is_html(sequence)) {
      out_ += "\\u00" + to_hex(sequence);
    } else {
      out_ += sequence;
    }
  }

  void copy_escape() {
    const auto pair = text_.substr(at_, 2);
    if (pair == "\\u") return copy_unicode_escape();
    at_ += pair.size();
    const bool plain =
        layout_.escapes == Escapes::plain_slashes || layout_.escapes == Escapes::plain_php;
    out_ += plain && pair == "\\/" ? "/" : pair;
  }

  // Two in a row may be the halves of one character.
  void copy_unicode_escape() {
    const auto length = peek(6, 2) == "\\u" && is_high_surrogate() ? 12u : 6u;
    const auto escape = text_.substr(at_, length);
    at_ += escape.size();
    const std::string decoded = json_text(fmt::format("\"{}\"", escape)).value_or("");
    const bool none = layout_.escapes == Escapes::none || layout_.escapes == Escapes::plain_php;
    // What has to be escaped stays so.
    if ((none && decoded.size() > 1) ||
        (layout_.escapes == Escapes::plain_html && is_html(decoded))) {
      out_ += decoded;
      return;
    }
    out_ += escape;
  }

  static bool is_html(std::string_view character) {
    return character == "<" || character == ">" || character == "&";
  }

  bool is_high_surrogate() const {
    const std::string digits = ascii_lower(peek(2, 2));
    return digits >= "d8" && digits < "dc";
  }

  std::string_view peek(std::size_t offset, std::size_t count) const {
    return at_ + offset < text_.size() ? text_.substr(at_ + offset, count) : std::string_view();
  }

  std::string_view text_;
  const JsonLayout& layout_;
  std::string out_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string lay_out_json(std::string_view text, const JsonLayout& layout, std::size_t most) {
  return Writer(text, layout).write(most);
}

}  // namespace thig

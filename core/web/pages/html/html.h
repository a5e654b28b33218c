// Pieces of a page, from templates that are checked while the program is compiled. What goes into a
// template is text and is escaped, whoever wrote it; only another piece goes in as it is.
//
//   html<R"(<a href="{}">{}</a>)">(link, webhook.name)
//
// A place is written {}. It may stand in text (a text, a number, or a piece), in an attribute's
// value (a text or a number), as the whole value of an attribute that is a URL (a Link), or behind
// the # of one that leads to a place in the page (a text), and among the attributes of a tag (an
// Attribute). What does not compile: a place anywhere else, an attribute without quotes, script in
// attributes, styles in attributes, tags that are not closed in their order, and a value of the
// wrong kind.
#pragma once

#include "core/web/pages/html/link.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace thig {

// A piece of a page: whole elements and text.
class Html {
 public:
  Html() = default;
  Html& operator+=(const Html& more) {
    text_ += more.text_;
    return *this;
  }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  friend class HtmlWriter;
  std::string text_;
};

// An attribute that may be there or not.
class Attribute {
 public:
  Attribute() = default;  // is not there
  const std::string& text() const { return text_; }

 private:
  friend class HtmlWriter;
  std::string text_;
};

// Text as it may stand in an element or between quotes: with what HTML gives a meaning to escaped,
// and what is for no screen (control characters, changes of the direction, bytes that are no UTF-8)
// written as \xNN. Ends of lines and tabs stay.
void append_escaped(std::string& out, std::string_view text);

namespace html_template {

enum class Place { text, value, link, tag };

struct Slot {
  Place place = Place::text;
  std::size_t at = 0;  // of its "{"
};

template <std::size_t N>
struct Text {
  char text[N]{};
  consteval Text(const char (&literal)[N]) {
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

inline constexpr std::size_t most_slots = 40;
inline constexpr std::size_t deepest = 24;

struct Checked {
  std::array<Slot, most_slots> slots{};
  std::size_t count = 0;
};

constexpr bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}
constexpr bool is_blank(char c) {
  return c == ' ' || c == '\n';
}
constexpr bool is_void(std::string_view tag) {
  return tag == "input" || tag == "br" || tag == "meta" || tag == "link" || tag == "hr";
}
constexpr bool is_url(std::string_view attribute) {
  return attribute == "href" || attribute == "src" || attribute == "action" ||
         attribute == "formaction" || attribute == "data-stream" || attribute == "data-extend";
}
// What would run or draw as somebody else says.
constexpr bool is_forbidden(std::string_view attribute) {
  return attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" ||
         attribute == "srcset" || attribute == "ping" || attribute == "background";
}

// Reads a template once, from its beginning to its end. What it throws stops the compiler.
class Reader {
 public:
  consteval explicit Reader(std::string_view text) : text_(text) {}

  consteval Checked read() {
    while (at_ < text_.size()) {
      if (text_[at_] == '<') {
        read_tag();
      } else if (text_[at_] == '{') {
        if (depth_ > 0 && (open_[depth_ - 1] == "script" || open_[depth_ - 1] == "style")) {
          throw "nothing goes into a script or a style";
        }
        read_slot(Place::text);
      } else {
        if (text_[at_] == '}' || text_[at_] == '>') throw "write &#125; for } and &gt; for >";
        ++at_;
      }
    }
    if (depth_ != 0) throw "a tag is not closed";
    return checked_;
  }

 private:
  consteval char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  consteval std::string_view read_name() {
    const std::size_t from = at_;
    while (is_name(next())) ++at_;
    if (at_ == from) throw "a name is missing";
    return text_.substr(from, at_ - from);
  }

  consteval void read_slot(Place place) {
    if (text_.substr(at_, 2) != "{}") throw "a place is written {}";
    if (checked_.count == most_slots) throw "too many places in one template";
    checked_.slots[checked_.count++] = {place, at_};
    at_ += 2;
  }

  consteval void read_tag() {
    ++at_;
    if (next() == '/') {
      ++at_;
      const std::string_view name = read_name();
      if (depth_ == 0 || open_[depth_ - 1] != name) throw "another tag should be closed here";
      --depth_;
      if (next() != '>') throw "a closing tag has no attributes";
      ++at_;
      return;
    }
    const std::string_view name = read_name();
    bool closed = is_void(name);
    for (;;) {
      if (next() == '>') break;
      if (next() == '{') {
        read_slot(Place::tag);
      } else if (next() == '/') {
        ++at_;
        if (next() != '>') throw "a slash stands before the end of a tag only";
        closed = true;
      } else if (is_blank(next())) {
        ++at_;
      } else {
        read_attribute();
      }
    }
    ++at_;
    if (closed) return;
    if (depth_ == deepest) throw "the tags are too deep";
    open_[depth_++] = name;
  }

  consteval void read_attribute() {
    const std::string_view name = read_name();
    if (is_forbidden(name)) throw "an attribute that runs or draws what others say";
    if (next() != '=') return;
    ++at_;
    if (next() != '"') throw "values of attributes stand between double quotes";
    ++at_;
    const std::size_t from = at_;
    const std::size_t slots = checked_.count;
    while (next() != '"') {
      if (next() == '\0' || next() == '<') throw "the value of an attribute has no end";
      if (next() == '{') {
        const bool in_page = text_[from] == '#';
        read_slot(is_url(name) && !in_page ? Place::link : Place::value);
      } else {
        ++at_;
      }
    }
    const std::string_view value = text_.substr(from, at_ - from);
    if (is_url(name) && !value.starts_with('#') && (checked_.count == slots || value != "{}")) {
      throw "a URL is a Link as a whole, or a place in the same page";
    }
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::array<std::string_view, deepest> open_{};
  std::size_t depth_ = 0;
  Checked checked_{};
};

template <class T>
concept Textual = std::convertible_to<const T&, std::string_view>;
template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

template <class T>
consteval bool fits(Place place) {
  switch (place) {
    case Place::text:
      return Textual<T> || Number<T> || std::same_as<T, Html>;
    case Place::value:
      return Textual<T> || Number<T>;
    case Place::link:
      return std::same_as<T, Link>;
    case Place::tag:
      return std::same_as<T, Attribute>;
  }
  return false;
}

template <class... Args>
consteval bool all_fit(const Checked& checked) {
  std::size_t i = 0;
  return (fits<Args>(checked.slots[i++].place) && ...);
}

}  // namespace html_template

// Puts templates together; the only one that makes pieces.
class HtmlWriter {
 public:
  template <html_template::Text T, class... Args>
  static Html fill(const Args&... args) {
    constexpr html_template::Checked checked = html_template::Reader(T.view()).read();
    static_assert(checked.count == sizeof...(Args), "as many values as places");
    static_assert(html_template::all_fit<Args...>(checked), "a value is of the wrong kind");
    Html piece;
    std::size_t from = 0;
    std::size_t slot = 0;
    [[maybe_unused]] const auto put = [&](const auto& value) {
      const std::size_t at = checked.slots[slot++].at;
      piece.text_ += T.view().substr(from, at - from);
      from = at + 2;
      append(piece.text_, value);
    };
    (put(args), ...);
    piece.text_ += T.view().substr(from);
    return piece;
  }

  static Attribute attribute(std::string_view name, std::string_view value);
  static Attribute flag(std::string_view name);

 private:
  static void append(std::string& out, const Html& piece) { out += piece.text_; }
  static void append(std::string& out, const Attribute& attribute) { out += attribute.text_; }
  static void append(std::string& out, const Link& link);
  static void append(std::string& out, std::string_view text) { append_escaped(out, text); }
  template <html_template::Number T>
  static void append(std::string& out, T number) {
    out += std::to_string(number);
  }
};

template <html_template::Text T, class... Args>
Html html(const Args&... args) {
  return HtmlWriter::fill<T>(args...);
}

// A piece that is nothing but text.
inline Html plain(std::string_view text) {
  return html<"{}">(text);
}

// ` name="value"`, if it is to be there.
template <html_template::Text Name>
Attribute attribute(std::string_view value, bool there = true) {
  constexpr std::string_view name = Name.view();
  static_assert(!html_template::is_forbidden(name) && !html_template::is_url(name));
  return there ? HtmlWriter::attribute(name, value) : Attribute();
}
template <html_template::Text Name>
Attribute flag(bool there) {
  constexpr std::string_view name = Name.view();
  static_assert(!html_template::is_forbidden(name) && !html_template::is_url(name));
  return there ? HtmlWriter::flag(name) : Attribute();
}

}  // namespace thig

#include "cli/help/roff_reader.h"

#include "cli/terminal/style.h"
#include "cli/terminal/width.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace thig {
namespace {

constexpr int text_indent = 2;
constexpr int step = 4;  // deeper: what a term means, examples

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

// "\(aq" and the like.
std::string_view character_named(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"aq", "'"}, {"dq", "\""}, {"ga", "`"}, {"ti", "~"},
      {"ha", "^"}, {"rs", "\\"}, {"bu", "•"}, {"em", "—"},
  };
  const auto found =
      std::ranges::find(names, name, &std::pair<std::string_view, std::string_view>::first);
  return found == std::end(names) ? std::string_view() : found->second;
}

// `rest` begins after a backslash; what is read is removed from it.
void append_escape(std::string& out, std::string_view& rest) {
  if (rest.empty()) return;
  const char kind = rest[0];
  rest.remove_prefix(1);
  if (kind == '(') {
    out += character_named(rest.substr(0, 2));
    rest.remove_prefix(std::min<std::size_t>(2, rest.size()));
  } else if (kind == '[') {
    const std::string_view name = rest.substr(0, rest.find(']'));
    unsigned code = 0;
    if (name.starts_with('u'))
      std::from_chars(name.data() + 1, name.data() + name.size(), code, 16);
    if (code != 0) append_utf8(out, code);
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
  } else if (kind == 'f') {
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));  // a font
  } else if (kind == 'e') {
    out += '\\';
  } else if (kind == '-' || kind == ' ' || kind == '\\') {
    out += kind;
  }
}

std::string without_escapes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text[0];
    text.remove_prefix(1);
    if (c == '\\') {
      append_escape(out, text);
    } else {
      out += c;
    }
  }
  return out;
}

// The words after a request; quotes hold blanks together.
std::vector<std::string> arguments_of(std::string_view text) {
  std::vector<std::string> arguments;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return arguments;
    std::size_t end = 0;
    if (text[0] == '"') {
      text.remove_prefix(1);
      end = text.find('"');
    } else {
      while (end < text.size() && text[end] != ' ') end += text[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, text.size());
    arguments.push_back(without_escapes(text.substr(0, end)));
    text.remove_prefix(end);
    if (text.starts_with('"')) text.remove_prefix(1);
  }
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

bool is_alternating(std::string_view request) {
  constexpr std::string_view fonts = "BIR";
  return request.size() == 2 && request[0] != request[1] && fonts.contains(request[0]) &&
         fonts.contains(request[1]);
}

class RoffReader {
 public:
  explicit RoffReader(const HelpLayout& layout) : layout_(layout) {}

  std::string read(std::string_view roff) {
    while (!roff.empty()) {
      const auto end = roff.find('\n');
      line(roff.substr(0, end));
      roff.remove_prefix(end == roff.npos ? roff.size() : end + 1);
    }
    finish();
    return std::move(out_);
  }

 private:
  void line(std::string_view line) {
    if (line == "." || line.starts_with(".\\\"") || line.starts_with("'\\\"")) return;
    if (line.size() > 1 && line[0] == '.') {
      const auto blank = line.find(' ');
      const std::string_view rest =
          blank == line.npos ? std::string_view() : line.substr(blank + 1);
      return request(line.substr(1, blank == line.npos ? line.npos : blank - 1), rest);
    }
    text(without_escapes(line));
  }

  void request(std::string_view name, std::string_view rest) {
    if (name == "B" || name == "I") return text(joined(arguments_of(rest), " "));
    if (is_alternating(name)) return text(joined(arguments_of(rest), ""));
    if (name == "SH") return heading(rest, 0);
    if (name == "SS") return heading(rest, 1);
    if (name == "PP") return paragraph(0);
    if (name == "TP") {
      paragraph(0);
      term_next_ = true;
    } else if (name == "IP") {
      paragraph(0);
      const auto arguments = arguments_of(rest);
      if (!arguments.empty()) bullet_ = arguments[0];
    } else if (name == "RS") {
      finish();
      depth_ += step;
      hanging_ = 0;
    } else if (name == "RE") {
      finish();
      depth_ = std::max(0, depth_ - step);
    } else if (name == "nf" || name == "EX") {
      finish();
      verbatim_ = true;
    } else if (name == "fi" || name == "EE") {
      verbatim_ = false;
    } else if (name == "br") {
      finish();
    }
  }

  void heading(std::string_view title, int indent) {
    finish();
    depth_ = 0;
    hanging_ = 0;
    gap();
    out_ += std::string(static_cast<std::size_t>(indent), ' ') +
            paint(joined(arguments_of(title), " "), Style::bold, layout_.colour) + "\n";
    after_heading_ = true;
  }

  void paragraph(int hanging) {
    finish();
    hanging_ = hanging;
    wants_gap_ = true;
  }

  void text(std::string_view words) {
    if (verbatim_) return print(words, indent());
    if (std::exchange(term_next_, false)) {
      print(words, indent());
      hanging_ = step;
      return;
    }
    if (!filled_.empty()) filled_ += ' ';
    filled_ += words;
  }

  // The paragraph so far.
  void finish() {
    if (filled_.empty()) return;
    const std::string bullet = std::exchange(bullet_, std::string());
    int left = indent();
    std::string first(static_cast<std::size_t>(left), ' ');
    if (!bullet.empty()) {
      first += bullet + " ";
      left = display_width(first);
    }
    for (const std::string& part : wrap(filled_, std::max(20, layout_.columns - left))) {
      close_gap();
      out_ += first + part + "\n";
      first = std::string(static_cast<std::size_t>(left), ' ');
    }
    filled_.clear();
  }

  void print(std::string_view words, int left) {
    close_gap();
    if (!words.empty()) out_ += std::string(static_cast<std::size_t>(left), ' ');
    out_.append(words).append("\n");
  }

  void gap() {
    if (!out_.empty()) out_ += "\n";
    wants_gap_ = false;
  }
  // A blank line between paragraphs, and none after a heading.
  void close_gap() {
    if (std::exchange(wants_gap_, false) && !std::exchange(after_heading_, false)) gap();
    after_heading_ = false;
  }

  int indent() const { return text_indent + depth_ + hanging_; }

  const HelpLayout& layout_;
  std::string out_;
  std::string filled_;
  std::string bullet_;
  int depth_ = 0;
  int hanging_ = 0;
  bool verbatim_ = false;
  bool term_next_ = false;
  bool wants_gap_ = false;
  bool after_heading_ = false;
};

}  // namespace

std::vector<RoffSection> roff_sections(std::string_view page) {
  constexpr std::string_view heading = ".SH ";
  std::vector<RoffSection> sections;
  std::size_t from = std::string_view::npos;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = std::min(page.find('\n', at), page.size());
    const std::string_view line = page.substr(at, end - at);
    if (line.starts_with(heading)) {
      if (from != page.npos) sections.back().roff = page.substr(from, at - from);
      sections.push_back({joined(arguments_of(line.substr(heading.size())), " "), {}});
      from = at;
    }
    at = end + 1;
  }
  if (!sections.empty()) sections.back().roff = page.substr(from);
  return sections;
}

std::string plain_text(std::string_view roff, const HelpLayout& layout) {
  return RoffReader(layout).read(roff);
}

}  // namespace thig

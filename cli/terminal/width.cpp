#include "cli/terminal/width.h"

#include <clocale>
#include <cwchar>

#include <wchar.h>

namespace thig {
namespace {

// The C library knows the widths of all characters, but only under a UTF-8 locale; the user's own
// may be another, and is left alone.
class Utf8Locale {
 public:
  Utf8Locale() : previous_(uselocale(instance())) {}
  ~Utf8Locale() { uselocale(previous_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t instance() {
    static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return locale;  // null where there is none: then uselocale changes nothing
  }
  locale_t previous_;
};

struct Character {
  std::size_t bytes = 1;
  int columns = 1;
};

Character first_character(std::string_view text) {
  wchar_t wide = 0;
  std::mbstate_t state{};
  const std::size_t bytes = std::mbrtowc(&wide, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {};
  return {.bytes = bytes, .columns = std::max(0, wcwidth(wide))};
}

}  // namespace

int display_width(std::string_view text) {
  const Utf8Locale locale;
  int columns = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    columns += character.columns;
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string fit(std::string_view text, int columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns <= 0) return {};
  const Utf8Locale locale;
  std::size_t kept = 0;
  int used = 0;
  while (kept < text.size()) {
    const Character character = first_character(text.substr(kept));
    if (used + character.columns > columns - 1) break;
    used += character.columns;
    kept += character.bytes;
  }
  return std::string(text.substr(0, kept)) + "…";
}

std::vector<std::string> wrap(std::string_view text, int columns) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == text.npos ? text.size() : blank + 1);
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (display_width(line) + 1 + display_width(word) <= columns) {
      line.append(" ").append(word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

}  // namespace thig

#include "cli/terminal/style.h"

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "1";
    case Style::dim:
      return "2";
    case Style::good:
      return "32";
    case Style::warn:
      return "33";
    case Style::bad:
      return "31";
  }
  return "";
}

}  // namespace

std::string paint(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code_of(style), text);
}

bool wants_colour(std::string_view flag, const Environment& environment, bool terminal) {
  if (flag == "always") return true;
  if (flag == "never") return false;
  if (environment.get("NO_COLOR")) return false;
  const auto force = environment.get("CLICOLOR_FORCE");
  if (force && *force != "0") return true;
  return terminal && environment.get("TERM").value_or("") != "dumb";
}

}  // namespace thig

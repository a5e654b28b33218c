#include "core/store/location.h"

#include "core/base/codec.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view in_a_file = "name a file, such as --db /var/lib/thig-hooks/hooks.db";

// "postgres" of "postgres://host/name"; empty for a path.
std::string scheme_of(std::string_view text) {
  const auto end = text.find("://");
  if (end == text.npos || end == 0) return {};
  const std::string scheme = ascii_lower(text.substr(0, end));
  const bool sound =
      scheme[0] >= 'a' && scheme[0] <= 'z' && std::ranges::all_of(scheme, [](char c) {
        return (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '-' || c == '.';
      });
  return sound ? scheme : std::string();
}

// "host=db password=x dbname=hooks", as the tools of PostgreSQL take it.
bool is_connection_string(std::string_view text) {
  constexpr std::array<std::string_view, 6> words = {
      "host=", "hostaddr=", "dbname=", "user=", "password=", "service="};
  return std::ranges::any_of(words, [&](std::string_view word) {
    const auto at = text.find(word);
    return at == 0 || (at != text.npos && text[at - 1] == ' ');
  });
}

}  // namespace

Result<Location> parse_location(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::usage, "the path is empty");
  const std::string scheme = scheme_of(text);
  if (scheme == "postgres" || scheme == "postgresql" || is_connection_string(text)) {
    return fail(ErrorCode::usage, "this version keeps no database in PostgreSQL",
                std::string(in_a_file));
  }
  if (!scheme.empty()) {
    return fail(ErrorCode::usage, fmt::format("{}:// names no database", scheme),
                std::string(in_a_file));
  }
  return Location(real_path(absolute_path(std::string(text))));
}

}  // namespace thig

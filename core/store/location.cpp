#include "core/store/location.h"

#include "core/base/codec.h"
#include "core/base/safe_file.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <array>

namespace thig {
namespace {

Remark in_a_file() {
  return {"give a file, such as ", Setting{"db", "/var/lib/thig-hooks/hooks.db"},
          "; a file of that name is ./NAME"};
}

bool is_path(std::string_view text) {
  return std::ranges::any_of(std::array<std::string_view, 4>{"/", "./", "../", "~/"},
                             [&](std::string_view start) { return text.starts_with(start); });
}

bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

// "password = x" anywhere, as libpq takes its parameters.
bool sets(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t after = text.find_first_not_of(" \t\r\n", at + word.size());
    const bool whole = at == 0 || !is_word_character(text[at - 1]);
    if (whole && after != text.npos && text[after] == '=') return true;
  }
  return false;
}

// In lower case.
bool names_postgres(std::string_view text) {
  constexpr std::array<std::string_view, 9> parameters = {"host",     "hostaddr",    "port",
                                                          "dbname",   "user",        "password",
                                                          "passfile", "sslpassword", "service"};
  return text.contains("postgres:") || text.contains("postgresql:") ||
         std::ranges::any_of(parameters,
                             [&](std::string_view parameter) { return sets(text, parameter); });
}

}  // namespace

Status check_location(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::usage, "the path is empty");
  if (is_path(text)) return {};
  const std::string lower = ascii_lower(text);
  if (names_postgres(lower)) {
    return fail(ErrorCode::usage, "this version does not support PostgreSQL", in_a_file());
  }
  if (lower.contains("://")) {
    return fail(ErrorCode::usage, "it names a server, not a file", in_a_file());
  }
  return {};
}

Result<Location> parse_location(std::string_view text) {
  THIG_TRY(check_location(text));
  return Location(real_path(absolute_path(std::string(text))));
}

}  // namespace thig

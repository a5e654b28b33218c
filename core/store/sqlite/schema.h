// The schema as it is compiled in: one migration for each file in schema/, in order.
#pragma once

#include <span>
#include <string_view>

namespace thig::sqlite {

struct Migration {
  int version = 0;  // the file's number: what user_version is once it has been applied
  std::string_view sql;
};

// Never empty; the versions are 1, 2, 3, … without a gap.
std::span<const Migration> schema_migrations();
// The version of this program, as the database remembers who made it.
std::string_view app_version();

}  // namespace thig::sqlite

#include "core/store/sqlite/key_check.h"

namespace thig::sqlite {

namespace {

constexpr const char* kSelectCheck = "SELECT key_check FROM meta";
constexpr const char* kSelectPlace = "SELECT value FROM setting WHERE name = ?1";
constexpr const char* kUpdateCheck = "UPDATE meta SET key_check = ?1";

}  // namespace

Result<std::string> KeyCheck::read_key_check() {
  Query query = connection_.query(kSelectCheck);
  const bool found = query.next();
  std::string check = found && !query.is_null(0) ? query.blob(0) : std::string();
  THIG_TRY(query.finish());
  return check;
}

std::string KeyCheck::key_place() {
  Query query = connection_.query(kSelectPlace);
  query.with(key_file_setting);
  std::string place = query.next() ? query.text(0) : std::string();
  return query.finish() ? place : std::string();
}

Status KeyCheck::write_key_check(std::string_view sealed) {
  return connection_.query(kUpdateCheck).run(Blob{sealed});
}

}  // namespace thig::sqlite

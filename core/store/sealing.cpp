#include "core/store/sealing.h"

#include "core/base/access_hint.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

namespace thig {

namespace {

constexpr std::string_view check_place = "meta.key_check";
constexpr std::string_view check_text = "thig-hooks key check";

}  // namespace

// A wrong key is found out here, once, rather than at some secret later.
Status Sealing::keep(Keyring keyring, const std::string& check) {
  if (!check.empty() && !keyring.open(check, check_place)) {
    return fail(
        ErrorCode::key,
        fmt::format("the key in {} is not the one that sealed the secrets of {}", key_file_,
                    database_.name()),
        {"give the right key file with ", Setting{"key-file"}, ", or restore it from a backup"});
  }
  keyring_ = std::move(keyring);
  return {};
}

// The transaction that was to save it was rolled back.
void Sealing::forget_unsaved() {
  if (!unsaved_ || database_.has_work_before_commit()) return;
  keyring_.reset();
  unsaved_ = false;
}

Status Sealing::read_key() {
  stamp_ =
      stamp_of(key_file_);  // before it is read: what is changed meanwhile is read the next time
  THIG_TRY_ASSIGN(check, database_.read_key_check());
  auto keyring = Keyring::load(key_file_, database_.owner());
  if (!keyring) return std::unexpected(with_key_place(std::move(keyring).error()));
  return keep(*std::move(keyring), check);
}

// Of those who share a database some look for its key in their own home.
Error Sealing::with_key_place(Error error) {
  struct stat found {};
  if (stat(key_file_.c_str(), &found) == 0 || errno != ENOENT) return error;
  const std::string place = database_.key_place();
  if (place.empty() || place == key_file_) return error;
  const std::string readers = readers_of(place);
  error.hint = {fmt::format("the key of this database is {}{}: ", place,
                            readers.empty() ? "" : fmt::format(", for {}", readers)),
                Setting{"key-file", place}, ", or keyFile in the configuration"};
  return error;
}

Status Sealing::load_key() {
  forget_unsaved();
  if (!keyring_) return read_key();
  if (!unsaved_ && stamp_ != stamp_of(key_file_)) static_cast<void>(read_key());
  return {};
}

Status Sealing::reload_key() {
  forget_unsaved();
  if (unsaved_) return {};
  THIG_TRY_ASSIGN(check, database_.read_key_check());
  return check.empty() ? Status() : read_key();
}

// A key is made only for a database that has sealed nothing yet: with a fresh key in place of a
// lost one the old secrets would seem to be there and never open.
Status Sealing::load_or_make_key() {
  THIG_TRY_ASSIGN(check, database_.read_key_check());
  if (!check.empty()) return load_key();
  forget_unsaved();
  struct stat found {};
  if (!keyring_ && stat(key_file_.c_str(), &found) != 0 && errno == ENOENT) {
    keyring_ = Keyring::fresh(key_file_, random_);
    unsaved_ = true;
    database_.before_commit([this]() -> Status {
      THIG_TRY(keyring_->save(database_.owner(), random_));
      unsaved_ = false;
      return {};
    });
  }
  THIG_TRY(load_key());
  // Each time until it is there: the transaction that wrote it first may have been rolled back.
  THIG_TRY_ASSIGN(sealed, keyring_->seal(check_text, check_place, random_));
  return database_.write_key_check(sealed);
}

Result<std::string> Sealing::open(std::string_view sealed, std::string_view place) {
  THIG_TRY(load_key());
  return keyring_->open(sealed, place);
}

Result<std::string> Sealing::seal(std::string_view text, std::string_view place) {
  THIG_TRY(load_or_make_key());
  return keyring_->seal(text, place, random_);
}

}  // namespace thig

// The key that seals what is secret in the database, read from its file at the first use, and again
// when that has changed. A file that cannot be used then leaves what was read before in use.
#pragma once

#include "core/base/file_stamp.h"
#include "core/base/random.h"
#include "core/store/keyring.h"
#include "core/store/sqlite/connection.h"

#include <optional>
#include <string>

namespace thig::sqlite {

class Sealing {
 public:
  Sealing(Connection& connection, std::string key_file, Random& random)
      : connection_(connection), key_file_(std::move(key_file)), random_(random) {}

  // `key` if the file is missing or is not the one that sealed the secrets of this database.
  Result<std::string> open(std::string_view sealed, std::string_view place);
  // Makes a key for a database that has sealed nothing yet; its file is made when the transaction
  // is committed, so that one that is rolled back leaves nothing. Belongs into a write transaction.
  Result<std::string> seal(std::string_view text, std::string_view place);
  // Whether the key file is there, in order, and fits; errors as of open.
  Status check_key() { return load_key(); }
  // Reads the file again, if anything is sealed; when it cannot be used, what was read before stays
  // in use, and the error says why.
  Status reload_key();

 private:
  Status load_key();
  Status load_or_make_key();
  Status read_key();
  Status keep(Keyring keyring, const std::string& check);
  void forget_unsaved();

  Connection& connection_;
  std::string key_file_;
  Random& random_;
  std::optional<Keyring> keyring_;
  FileStamp stamp_;       // of the file when it was read last
  bool unsaved_ = false;  // it is in no file yet
};

}  // namespace thig::sqlite

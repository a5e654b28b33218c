// The key that seals what is secret in the database, read from its file at the first use, and again
// when that has changed. A file that cannot be used then leaves what was read before in use.
#pragma once

#include "core/base/file_stamp.h"
#include "core/base/random.h"
#include "core/base/safe_file.h"
#include "core/store/keyring.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

// What a database does for its sealing. It keeps a text that was sealed with its key, which shows
// whether a key is the right one: a wrong one is found out at once, not at some secret later.
class SealedDatabase {
 public:
  virtual ~SealedDatabase() = default;

  // Empty before the first secret.
  virtual Result<std::string> read_key_check() = 0;
  // Within the write transaction that seals something.
  virtual Status write_key_check(std::string_view sealed) = 0;
  // `work` is done once, right before the transaction that is open now is committed, or forgotten
  // with it; an error keeps it from being committed.
  virtual void before_commit(std::function<Status()> work) = 0;
  virtual bool has_work_before_commit() const = 0;
  // As messages name it.
  virtual std::string name() const = 0;
  // Whom its key file is to belong to.
  virtual FileOwner owner() const = 0;
  // Where its key was when it was made or shared; empty if that is not known.
  virtual std::string key_place() = 0;
};

// The setting of a database that says where its key is.
inline constexpr std::string_view key_file_setting = "key-file";

class Sealing {
 public:
  Sealing(SealedDatabase& database, std::string key_file, Random& random)
      : database_(database), key_file_(std::move(key_file)), random_(random) {}

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
  Error with_key_place(Error error);
  Status keep(Keyring keyring, const std::string& check);
  void forget_unsaved();

  SealedDatabase& database_;
  std::string key_file_;
  Random& random_;
  std::optional<Keyring> keyring_;
  FileStamp stamp_;       // of the file when it was read last
  bool unsaved_ = false;  // it is in no file yet
};

}  // namespace thig

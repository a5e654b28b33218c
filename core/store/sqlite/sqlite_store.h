// The store on SQLite. One file; beside it the WAL, the owner's lock, the ballast and the bell.
#pragma once

#include "core/base/random.h"
#include "core/store/store.h"
#include "core/store/upgrade.h"

#include <memory>
#include <string>

namespace thig {

struct SqliteOptions {
  std::string file;        // may be reached through links (base/safe_file.h: real_path)
  std::string key_file;    // read at the first secret, made at the first one sealed
  bool create = false;     // make the database (0600, its folder 0700) if there is none
  bool read_only = false;  // for lists: never writes, never creates, never migrates
  // What of a request of an older database is to be sealed (rules/request_secrets.h); none:
  // nothing.
  std::function<std::optional<MaskedRequest>(std::string_view headers, std::string_view query)>
      mask_request{};
  OnUpgrade on_upgrade{};  // told when an older database was upgraded
  std::string owner_name;  // the OS user who becomes Owner of a database made here
  Millis busy_timeout{5'000};
  TransactionBounds bounds{};
  // Intake is refused while the filesystem has less free space than this.
  std::uint64_t free_space_floor = 32u << 20;
  // Held back beside the database by whoever settles, so that results can still be recorded when
  // the disk is full; 0 for none.
  std::uint64_t ballast_size = 16u << 20;
  // A look at a database that holds no more than this checks its structure: about a second.
  std::uint64_t checked_at_a_look = 256u << 20;
};

// Opens, creates or migrates. `not_found` if there is no database and it shall not be made;
// `database` if the file is no database, is not ours, or is from a newer thig-hooks (the text says
// which version made it); `file` for permissions and network filesystems; `busy` if locked.
// Once the file was replaced or removed, `config_version`, `data_version` and every write answer
// `database`, and nothing is acknowledged. `random` must outlive the store.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, Random& random);

}  // namespace thig

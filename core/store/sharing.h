// A database that several users of a machine share, as members of one group.
#pragma once

#include "core/base/error.h"

#include <string>

#include <sys/types.h>

namespace thig {

// What is to be shared, and with whom. The files beside the database follow it: whoever makes one
// gives it the database's group and mode (base/safe_file.h, SQLite), which the folder's setgid bit
// makes possible for a member who is not its owner.
struct SharedFiles {
  std::string database;
  std::string key_file;
  gid_t group = 0;
};

// `usage` if there is no such group.
Result<gid_t> find_group(const std::string& name);

// Whether all of it can be shared, before anything is made or changed: the folders, as far as they
// are there, can be reached by the group; the database's holds nothing but its files, for the group
// may do there what it likes. `file` otherwise, and if we are neither root nor both the owner and
// of that group.
Status check_sharable(const SharedFiles& files);

// The database and the files beside it 0660, its folder 2770, the key 0640 and a folder of its own
// 0750, all of that group. True if any of it was otherwise. Files that are not there are left out.
// `made_key_folder`: its folder was made for it just now.
Result<bool> share(const SharedFiles& files, bool made_key_folder);

// Gives the database, the files beside it and its folder to this user. For root.
Status give_database_to(const std::string& database, uid_t user);

}  // namespace thig

// Opening files where other users may write to the folder, so that nobody else decides which file
// it is that we read, lock, fill or truncate.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"

#include <cstddef>
#include <string>

#include <sys/types.h>

namespace thig {

// Whom the files of a database belong to: the owner of the database, and its group where that may
// write to it.
struct FileOwner {
  uid_t user = 0;
  gid_t group = 0;
  bool shared = false;  // the group may write

  // Of this process.
  static FileOwner self();
  // Of the file, which may be reached through a link; of this process if it is not there.
  static FileOwner of(const std::string& file);
};

// ---------------------------------------------------- files that we make, lock, fill or truncate
// Never through a symbolic link, never one with a second name (hard link), only a regular file that
// belongs to us, to `owner` or, where that shares it with a group, to the group.

enum class Missing { fails, made };
// For reading and writing. `made`: 0600 (0660 if shared). What root makes gets the owner.
Result<FileDescriptor> open_own_file(const std::string& file, const FileOwner& owner,
                                     Missing missing);
// One that must not be there yet; `conflict` if it is.
Result<FileDescriptor> make_own_file(const std::string& file, const FileOwner& owner);
// Whether the open file is the one that is at that path now.
bool is_at(int fd, const std::string& file);
// Gives a file that was made as root to `owner`, and one that is shared to its group; to be called
// when its content is what it should be. Where that is not possible it stays ours. `fd` may be one
// that was opened with O_PATH.
void give_to(int fd, const FileOwner& owner);

// ------------------------------------------------------------------- files that are only read
// May be reached through links. What is opened is a regular file that other ordinary users cannot
// write; the opening never waits (for the other end of a pipe). `file` otherwise.

// Certificates, secrets: whoever owns it.
Result<FileDescriptor> open_to_read(const std::string& file);
// Keys, configuration: owned by root, by us or by `owner`.
Result<FileDescriptor> open_to_trust(const std::string& file, const FileOwner& owner);

// All that is left to read of an open file; `invalid` if that is more than `most` bytes, `file` if
// it cannot be read. What was read of a file that fails is wiped: it may be a key.
Result<std::string> read_whole(int fd, const std::string& file, std::size_t most);

// The real path of a file, all links resolved, so that it has one name whichever way it is reached.
// Its folder's for one that is not there yet; an absolute path where that is missing, too.
std::string real_path(const std::string& file);

}  // namespace thig

// Where a database lies: its file, its folder, its filesystem.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/base/time.h"

#include <cstdint>
#include <string>

namespace thig::sqlite {

// Whether a filesystem with this magic number (statfs(2)) is known to be on another machine, where
// locks and shared memory do not do what SQLite needs.
bool is_network_filesystem(std::int64_t magic);

// Makes the file (0600, empty) and its folder (0700) if they are missing and `create` is set.
// `not_found` if there is none and it shall not be made; `file` if it is no regular file, has a
// second name (hard link), lies on a network filesystem, or cannot be made.
Status prepare_place(const std::string& file, bool create);

// Held while a database is made or opened: until it is closed, nobody removes the file (unused.h).
// From its first read of a database in WAL mode on, a connection has a lock of SQLite's own that
// does the same. Without one it could go on with a file that is gone, while another of that name is
// made: both would have one journal, since SQLite names it by the path, and what is committed there
// would be lost.
// A removal takes some milliseconds. Whoever holds the folder for longer than `patience` (one
// second is waited at most) is a stranger who may read it, and shall keep nobody from working:
// nothing is held then, nor where we may not read the folder.
FileDescriptor hold_place(const std::string& file, Millis patience);

// Bytes that this user can still write on the filesystem of the file.
Result<std::uint64_t> free_space(const std::string& file);

}  // namespace thig::sqlite

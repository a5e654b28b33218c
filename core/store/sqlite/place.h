// Where a database lies: its file, its folder, its filesystem.
#pragma once

#include "core/base/error.h"

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

// Bytes that this user can still write on the filesystem of the file.
Result<std::uint64_t> free_space(const std::string& file);

}  // namespace thig::sqlite

// Folders that hold the database or the key.
#pragma once

#include "core/base/error.h"

#include <string>

namespace thig {

// The path made absolute, without touching the disk.
std::string absolute_path(const std::string& path);
// The folder a file lies in.
std::string folder_of(const std::string& file);

// Makes the folder and those above it that are missing, for the owner alone (0700). Folders that
// exist are left as they are. `file` if that fails.
Status make_private_folder(const std::string& folder);

}  // namespace thig

// A lock on a folder itself, by flock(2): for whoever looks what a name in it stands for, and then
// makes, opens or removes that. Nothing is left behind, whoever is killed.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/base/time.h"

#include <string>

namespace thig {

enum class FolderUse {
  shared,  // beside others of this kind
  alone,
};

// Held until the descriptor is closed. `busy` if others hold it for as long as `patience`; `file`
// if the folder is missing or may not be read.
Result<FileDescriptor> lock_folder(const std::string& folder, FolderUse use, Millis patience);

}  // namespace thig

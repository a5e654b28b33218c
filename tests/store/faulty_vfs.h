// SQLite's file system with faults: what is below it is the real one, and a test decides for each
// write, sync and truncation whether it fails, and how.
#pragma once

#include <functional>
#include <string_view>

namespace thig {

enum class FileCall { write, sync, truncate };

// SQLITE_OK lets the call through; any other code is its answer, and nothing is done.
using FileFault = std::function<int(FileCall call, std::string_view file)>;

// While it lives every connection that is opened in this process goes through it. Connections that
// were opened under it must be closed before it ends. One at a time.
class FaultyVfs {
 public:
  explicit FaultyVfs(FileFault fault);
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();
};

}  // namespace thig

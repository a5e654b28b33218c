// A folder that goes with everything in it.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>

namespace thig {

class TemporaryFolder {
 public:
  // Below TMPDIR, or /tmp; its name begins with `name` and "-". Open to this user alone. `file` if
  // it cannot be made.
  static Result<TemporaryFolder> make(std::string_view name);
  TemporaryFolder(TemporaryFolder&& other) noexcept;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path);
  std::string path_;
};

}  // namespace thig

// A file that is given a secret: for its owner alone (0600), whole or not at all, and left as it is
// when it holds the secret already.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/base/random.h"

#include <string>
#include <string_view>

namespace thig {

class SecretFile {
 public:
  // Before anything is changed, for a secret that cannot be kept is lost: makes a draft beside the
  // file, which goes with this object unless it is written. `file` if the folder takes none, or
  // what is there under that name is not a regular file (a link is not followed).
  static Result<SecretFile> open(const std::string& file, Random& random);
  SecretFile(SecretFile&& other) noexcept;
  SecretFile& operator=(SecretFile&&) = delete;
  ~SecretFile();

  // Whether there was a file before.
  bool exists() const { return exists_; }
  const std::string& file() const { return file_; }
  // The secret and a line end. Once only.
  Status write(std::string_view secret);

 private:
  SecretFile() = default;
  Result<bool> holds(std::string_view text) const;

  std::string file_;
  std::string draft_;  // empty: there is none any more
  FileDescriptor fd_;
  bool exists_ = false;
};

}  // namespace thig

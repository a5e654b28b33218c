// A file that is given a secret: for its owner alone (0600), whole or not at all, and left as it is
// when it holds the secret already.
#pragma once

#include "core/base/error.h"
#include "core/base/new_file.h"
#include "core/base/random.h"

#include <string>
#include <string_view>
#include <utility>

namespace thig {

class SecretFile {
 public:
  // Before anything is changed, for a secret that cannot be kept is lost: makes a draft beside the
  // file, which goes with this object unless it is written. `file` if the folder takes none, or
  // what is there under that name is not a regular file (a link is not followed).
  static Result<SecretFile> open(const std::string& file, Random& random);

  // Whether there was a file before.
  bool exists() const { return exists_; }
  const std::string& file() const { return draft_.file(); }
  // The secret and a line end. Once only.
  Status write(std::string_view secret);

 private:
  SecretFile(NewFile draft, bool exists) : draft_(std::move(draft)), exists_(exists) {}
  bool holds(std::string_view text) const;

  NewFile draft_;
  bool exists_;
};

}  // namespace thig

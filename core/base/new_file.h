// A file that gets its name when it is whole: readers see the old one or the new one, never half of
// it, and a crash leaves no more behind than a draft.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/base/random.h"
#include "core/base/safe_file.h"

#include <string>
#include <string_view>

namespace thig {

// What is done with a file that has the name already.
enum class Existing { replaced, kept };

// Gives the content of `draft`, which is synced first, the name `file` in the same folder, durably.
// `kept`: `conflict` if there is one, and the draft stays as it is; a rename could replace one that
// came meanwhile. What had the name is replaced, not written to, whatever it is.
Status publish_file(int draft_fd, const std::string& draft, const std::string& file,
                    Existing existing);

// A draft beside its file, under a name that nobody can guess, made as make_own_file makes one
// (0600, no link is followed). It goes with this object unless it was published.
class NewFile {
 public:
  // `file` if the folder takes none, `full` if there is no space.
  static Result<NewFile> make(const std::string& file, const FileOwner& owner, Random& random);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  const std::string& file() const { return file_; }
  Status write(std::string_view text);
  // Once only.
  Status publish(Existing existing);

 private:
  NewFile(std::string file, std::string draft, FileDescriptor fd);

  std::string file_;
  std::string draft_;  // empty: it has its name
  FileDescriptor fd_;
};

}  // namespace thig

// Whether a file is still as it was: one stat(2) instead of reading it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace thig {

// Differs once the file, or the one that a link leads to, was replaced, written, or had its rights
// changed. All zero: there is none, or none that can be reached.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t written = 0;  // nanoseconds
  std::int64_t changed = 0;
  auto operator<=>(const FileStamp&) const = default;
};
FileStamp stamp_of(const std::string& file);

}  // namespace thig

// Space held back on the database's filesystem, so that results can still be recorded when the disk
// is full: what has been sent but not recorded would be sent again, forever.
#pragma once

#include <cstdint>
#include <string>

namespace thig::sqlite {

// The file "<database>.ballast". It stays when the process ends. Not thread-safe.
class Ballast {
 public:
  // `size` bytes are kept; 0 keeps none. It is only made while `spare` bytes stay free beside it.
  Ballast(const std::string& database, std::uint64_t size, std::uint64_t spare);

  // True if it is there afterwards.
  bool reserve();
  // Gives the space back; true if there was any.
  bool release();

 private:
  std::string database_;
  std::string file_;
  std::uint64_t size_;
  std::uint64_t spare_;
};

}  // namespace thig::sqlite

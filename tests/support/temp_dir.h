// A folder of a test's own, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

namespace thig {

class TempDir {
 public:
  // In memory where the machine has such a place: tests make thousands of small databases.
  TempDir() {
    const bool shared_memory = std::filesystem::exists("/dev/shm");
    std::string name = std::string(shared_memory ? "/dev/shm" : "/tmp") + "/thig-test-XXXXXX";
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder: " + name);
    dir_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return dir_; }
  std::string path(const std::string& name) const { return dir_ + "/" + name; }

 private:
  std::string dir_;
};

// Of the file itself, not of one that it is a link to.
inline mode_t mode_of(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) throw std::runtime_error("there is no " + path);
  return found.st_mode & 07777;
}

}  // namespace thig

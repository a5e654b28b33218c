#include "core/base/folder_lock.h"

#include "tests/support/temp_dir.h"

#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thig {
namespace {

Result<FileDescriptor> lock(const TempDir& dir, FolderUse use) {
  return lock_folder(dir.path(), use, Millis{0});
}

ErrorCode refusal(const Result<FileDescriptor>& locked) {
  REQUIRE_FALSE(locked.has_value());
  CHECK_FALSE(locked.error().text.empty());
  return locked.error().code;
}

TEST_CASE("a folder is held by many, or by one alone") {
  const TempDir dir;
  {
    const auto one = lock(dir, FolderUse::shared);
    const auto two = lock(dir, FolderUse::shared);
    CHECK(one.has_value());
    CHECK(two.has_value());
    CHECK(refusal(lock(dir, FolderUse::alone)) == ErrorCode::busy);
  }
  const auto alone = lock(dir, FolderUse::alone);
  CHECK(alone.has_value());
  CHECK(refusal(lock(dir, FolderUse::shared)) == ErrorCode::busy);
  CHECK(refusal(lock(dir, FolderUse::alone)) == ErrorCode::busy);
}

TEST_CASE("a process that ends lets go of its folder") {
  const TempDir dir;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto held = lock(dir, FolderUse::alone);
    _exit(held ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(lock(dir, FolderUse::alone).has_value());
}

TEST_CASE("whoever waits gets a folder when it is let go") {
  const TempDir dir;
  auto held = lock(dir, FolderUse::shared);
  bool got = false;
  std::thread other(
      [&] { got = lock_folder(dir.path(), FolderUse::alone, Millis{10'000}).has_value(); });
  held = FileDescriptor();
  other.join();
  CHECK(got);
}

TEST_CASE("what is no folder cannot be held") {
  const TempDir dir;
  for (const char* name : {"missing", "missing/deeper"}) {
    CHECK(refusal(lock_folder(dir.path(name), FolderUse::shared, Millis{0})) == ErrorCode::file);
  }
  REQUIRE(std::filesystem::exists("/dev/null"));
  CHECK(refusal(lock_folder("/dev/null", FolderUse::alone, Millis{0})) == ErrorCode::file);
}

}  // namespace
}  // namespace thig

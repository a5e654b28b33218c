#include "core/base/safe_file.h"

#include "tests/support/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace thig {
namespace {

namespace fs = std::filesystem;

// What belongs to nobody of those who are concerned; tests that need it are for root.
constexpr uid_t somebody = 65'533;

void put(const std::string& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream(file) << text;
  REQUIRE(chmod(file.c_str(), mode) == 0);
}
std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}
struct stat facts_of(const std::string& file) {
  struct stat found {};
  REQUIRE(lstat(file.c_str(), &found) == 0);
  return found;
}
std::string refusal(const Result<FileDescriptor>& opened) {
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == ErrorCode::file);
  return opened.error().text;
}
bool says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a file of our own is made once, closed to others") {
  TempDir dir;
  const std::string file = dir.path("lock");
  const FileOwner us = FileOwner::self();
  CHECK(says(refusal(open_own_file(file, us, Missing::fails)), "No such file"));
  CHECK(open_own_file(file, us, Missing::made).has_value());
  CHECK((facts_of(file).st_mode & 07777) == 0600);
  put(file, "kept");
  CHECK(open_own_file(file, us, Missing::made).has_value());
  CHECK(text_of(file) == "kept");
  CHECK(make_own_file(file, us).error().code == ErrorCode::conflict);
}

TEST_CASE("what was planted in the place of a file of ours is not touched") {
  TempDir dir;
  const std::string file = dir.path("lock");
  const std::string victim = dir.path("victim");
  put(victim, "precious");
  const FileOwner us = FileOwner::self();
  const struct {
    const char* name;
    void (*plant)(const std::string& file, const std::string& victim);
    const char* words;
  } rows[] = {
      {"a link", [](const std::string& f, const std::string& v) { fs::create_symlink(v, f); },
       "symbolic link"},
      {"a dangling link",
       [](const std::string& f, const std::string& v) { fs::create_symlink(v + "2", f); },
       "symbolic link"},
      {"a hard link",
       [](const std::string& f, const std::string& v) { fs::create_hard_link(v, f); },
       "second name"},
      {"a pipe",
       [](const std::string& f, const std::string&) { REQUIRE(mkfifo(f.c_str(), 0600) == 0); },
       "not a regular file"},
      {"a folder", [](const std::string& f, const std::string&) { fs::create_directory(f); },
       "directory"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    row.plant(file, victim);
    CHECK(says(refusal(open_own_file(file, us, Missing::made)), row.words));
    CHECK_FALSE(make_own_file(file, us).has_value());
    CHECK(text_of(victim) == "precious");
    CHECK_FALSE(fs::exists(victim + "2"));
    fs::remove(file);
  }
}

TEST_CASE("only files of ours, of the owner's or of the group that shares are ours") {
  if (geteuid() != 0) return;
  TempDir dir;
  const std::string file = dir.path("lock");
  put(file, "");
  REQUIRE(chown(file.c_str(), somebody, somebody) == 0);
  CHECK(says(refusal(open_own_file(file, FileOwner::self(), Missing::made)), "another user"));
  CHECK(open_own_file(file, {.user = somebody, .group = 1}, Missing::made).has_value());
  CHECK_FALSE(open_own_file(file, {.user = 7, .group = somebody}, Missing::made).has_value());
  CHECK(open_own_file(file, {.user = 7, .group = somebody, .shared = true}, Missing::made)
            .has_value());
}

TEST_CASE("what root makes belongs to the owner, and to the group that shares") {
  if (geteuid() != 0) return;
  TempDir dir;
  const std::string alone = dir.path("alone");
  const std::string shared = dir.path("shared");
  REQUIRE(make_own_file(alone, {.user = somebody, .group = 7}).has_value());
  CHECK(facts_of(alone).st_uid == somebody);
  CHECK(facts_of(alone).st_gid == 7);
  CHECK((facts_of(alone).st_mode & 07777) == 0600);
  REQUIRE(make_own_file(shared, {.user = somebody, .group = 7, .shared = true}).has_value());
  CHECK((facts_of(shared).st_mode & 07777) == 0660);
}

TEST_CASE("files that are only read may be reached through links, but not be others' to write") {
  TempDir dir;
  const std::string file = dir.path("cert.pem");
  put(file, "certificate");
  fs::create_symlink("cert.pem", dir.path("link.pem"));
  CHECK(open_to_read(dir.path("link.pem")).has_value());
  CHECK(open_to_trust(dir.path("link.pem"), FileOwner::self()).has_value());
  for (const mode_t mode : {0602u, 0646u, 0777u}) {
    REQUIRE(chmod(file.c_str(), mode) == 0);
    CHECK(says(refusal(open_to_read(file)), "can be written by other users"));
  }
  // The group of one user alone, or root's, is nobody else.
  REQUIRE(chmod(file.c_str(), 0660) == 0);
  if (geteuid() == 0) {
    CHECK(open_to_read(file).has_value());
    REQUIRE(chown(file.c_str(), 0, somebody) == 0);
    CHECK_FALSE(open_to_read(file).has_value());
  }
  // Nobody writes to it, and it is not waited for.
  const std::string pipe = dir.path("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(says(refusal(open_to_read(pipe)), "not a regular file"));
  CHECK(says(refusal(open_to_read(dir.path(""))), "not a regular file"));
}

TEST_CASE("what is to be trusted belongs to root, to us or to the owner") {
  if (geteuid() != 0) return;
  TempDir dir;
  const std::string file = dir.path("key");
  put(file, "key");
  REQUIRE(chown(file.c_str(), somebody, 0) == 0);
  CHECK(says(refusal(open_to_trust(file, FileOwner::self())), "another user"));
  CHECK(open_to_trust(file, {.user = somebody, .group = 0}).has_value());
  CHECK(open_to_read(file).has_value());
}

TEST_CASE("a file is read whole, up to so many bytes") {
  TempDir dir;
  const std::string file = dir.path("cert.pem");
  put(file, "12345");
  const auto read = [&](std::size_t most) {
    return read_whole(open_to_read(file)->get(), file, most);
  };
  CHECK(read(6) == "12345");
  CHECK(read(5) == "12345");
  CHECK(read(4).error().code == ErrorCode::invalid);
  CHECK(says(read(4).error().text, "is longer than 4B"));
  put(file, "");
  CHECK(read(0) == "");
  const FileDescriptor folder(open(dir.path("").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(read_whole(folder.get(), "it", 4).error().code == ErrorCode::file);
}

TEST_CASE("a file has one real path however it is reached") {
  TempDir dir;
  const std::string folder = fs::canonical(dir.path("")).string();
  fs::create_directory(dir.path("srv"));
  fs::create_symlink(dir.path("srv"), dir.path("here"));
  const std::string real = folder + (folder.ends_with('/') ? "" : "/") + "srv/hooks.db";
  // Of one that is still to be made, too.
  CHECK(real_path(dir.path("here/hooks.db")) == real);
  put(dir.path("srv/hooks.db"), "");
  fs::create_symlink(dir.path("here/hooks.db"), dir.path("link.db"));
  for (const char* way : {"srv/hooks.db", "here/hooks.db", "link.db", "srv/../link.db"}) {
    CHECK(real_path(dir.path(way)) == real);
  }
  CHECK(real_path("/nowhere/at/all.db") == "/nowhere/at/all.db");
}

}  // namespace thig

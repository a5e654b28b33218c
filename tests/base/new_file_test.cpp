#include "core/base/new_file.h"

#include "tests/support/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace thig {
namespace {

namespace fs = std::filesystem;

std::string content(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t files_in(const TempDir& dir) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(dir.path("")), fs::directory_iterator()));
}

Status put(const std::string& file, std::string_view text, Existing existing, Random& random) {
  THIG_TRY_ASSIGN(made, NewFile::make(file, FileOwner::self(), random));
  THIG_TRY(made.write(text));
  return made.publish(existing);
}

}  // namespace

TEST_CASE("a new file has its name when it is whole, and is closed to others") {
  TempDir dir;
  SeededRandom random(1);
  const std::string file = dir.path("secret");
  auto made = NewFile::make(file, FileOwner::self(), random);
  REQUIRE(made.has_value());
  REQUIRE(made->write("whole").has_value());
  CHECK_FALSE(fs::exists(file));
  REQUIRE(made->publish(Existing::kept).has_value());
  CHECK(content(file) == "whole");
  struct stat found {};
  REQUIRE(stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
  CHECK(found.st_nlink == 1);
  CHECK(files_in(dir) == 1);
}

TEST_CASE("a draft that is not published goes") {
  TempDir dir;
  SeededRandom random(1);
  {
    auto made = NewFile::make(dir.path("secret"), FileOwner::self(), random);
    REQUIRE(made.has_value());
    NewFile moved(std::move(*made));
    REQUIRE(moved.write("half").has_value());
    CHECK(files_in(dir) == 1);
  }
  CHECK(files_in(dir) == 0);
  CHECK(NewFile::make(dir.path("none/secret"), FileOwner::self(), random).error().code ==
        ErrorCode::file);
}

TEST_CASE("of two who make one file the second is told, or replaces it") {
  TempDir dir;
  SeededRandom random(1);
  const std::string file = dir.path("key");
  REQUIRE(put(file, "first", Existing::kept, random).has_value());
  const Status second = put(file, "second", Existing::kept, random);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(content(file) == "first");
  REQUIRE(put(file, "third", Existing::replaced, random).has_value());
  CHECK(content(file) == "third");
  CHECK(files_in(dir) == 1);
}

TEST_CASE("a link that was planted under the name, or under the draft's, is not written through") {
  TempDir dir;
  const std::string file = dir.path("secret");
  const std::string victim = dir.path("victim");
  std::ofstream(victim) << "precious";
  using Plant = void (*)(const fs::path&, const fs::path&);
  for (const Plant plant : {Plant{fs::create_symlink}, Plant{fs::create_hard_link}}) {
    SeededRandom random(1);
    plant(victim, file);
    CHECK_FALSE(put(file, "mine", Existing::kept, random).has_value());
    REQUIRE(put(file, "mine", Existing::replaced, random).has_value());
    CHECK(content(file) == "mine");
    CHECK(content(victim) == "precious");
    fs::remove(file);
  }
  // As if somebody had guessed the number.
  SeededRandom guessed(7);
  SeededRandom random(7);
  std::string draft;
  {
    auto made = NewFile::make(file, FileOwner::self(), guessed);
    REQUIRE(made.has_value());
    for (const auto& entry : fs::directory_iterator(dir.path(""))) {
      if (entry.path() != victim) draft = entry.path();
    }
  }
  REQUIRE_FALSE(draft.empty());
  fs::create_symlink(victim, draft);
  CHECK_FALSE(NewFile::make(file, FileOwner::self(), random).has_value());
  CHECK(content(victim) == "precious");
}

}  // namespace thig

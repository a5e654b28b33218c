#include "core/base/waker.h"
#include "core/store/sqlite/bell.h"
#include "tests/support/temp_dir.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace thig;

namespace {

// Who sleeps beside a database.
struct Sleeper {
  std::unique_ptr<Waker> waker;
  std::unique_ptr<ChangeSource> bell;

  // Whether somebody has rung.
  bool wait(Millis longest) const {
    waker->wait(longest, bell->descriptor());
    return bell->changed();
  }
  void wake() const { waker->wake(); }
};

std::unique_ptr<Sleeper> open(const std::string& database) {
  auto waker = make_waker();
  REQUIRE_MESSAGE(waker.has_value(), waker.error().text);
  auto bell = sqlite::open_bell(database);
  REQUIRE_MESSAGE(bell.has_value(), bell.error().text);
  return std::make_unique<Sleeper>(std::move(*waker), std::move(*bell));
}

}  // namespace

TEST_CASE("a bell wakes who sleeps beside the database, and rings count once") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  const auto bell = open(database);
  CHECK(!bell->wait(Millis{0}));

  sqlite::ring_bell(database);
  sqlite::ring_bell(database);
  CHECK(bell->wait(Millis{5'000}));
  CHECK(!bell->wait(Millis{0}));

  bell->wake();
  bell->wake();
  CHECK(!bell->wait(Millis{5'000}));  // our own wakings tell of no writing
  bell->wake();
  sqlite::ring_bell(database);
  CHECK(bell->wait(Millis{5'000}));
  CHECK(!bell->wait(Millis{0}));
}

TEST_CASE("a ring ends a sleep that has begun") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  const auto bell = open(database);
  std::thread outside([&] { sqlite::ring_bell(database); });
  CHECK(bell->wait(Millis{5'000}));
  outside.join();
  const auto before = std::chrono::steady_clock::now();
  std::thread inside([&] { bell->wake(); });
  CHECK(!bell->wait(Millis{60'000}));  // it was woken, but nobody has written
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(50));
  inside.join();
}

TEST_CASE("only the owner may ring, and nothing is left behind") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  {
    const auto bell = open(database);
    struct stat info {};
    REQUIRE(lstat((database + ".bell").c_str(), &info) == 0);
    CHECK(S_ISSOCK(info.st_mode));
    CHECK((info.st_mode & 0777u) == 0600u);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a dead process's bell is replaced; a newer one is left alone") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  auto old = open(database);
  const auto fresh = open(database);
  old.reset();
  sqlite::ring_bell(database);
  CHECK(fresh->wait(Millis{5'000}));
}

TEST_CASE("what is no socket is not replaced") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  std::ofstream(database + ".bell") << "precious";
  const auto bell = sqlite::open_bell(database);
  REQUIRE(!bell.has_value());
  CHECK(bell.error().code == ErrorCode::file);
  CHECK(std::filesystem::file_size(database + ".bell") == 8);
}

TEST_CASE("paths may be longer than a socket address") {
  TempDir folder;
  const auto deep = folder.path(std::string(120, 'd') + "/" + std::string(120, 'e'));
  std::filesystem::create_directories(deep);
  const auto database = deep + "/" + std::string(200, 'f');
  const auto bell = open(database);
  sqlite::ring_bell(database);
  CHECK(bell->wait(Millis{5'000}));
}

TEST_CASE("ringing where nobody listens does nothing, and a full bell does not block") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  sqlite::ring_bell(database);
  sqlite::ring_bell("/nonexistent/folder/hooks.db");
  const auto bell = open(database);
  for (int i = 0; i < 2000; ++i) sqlite::ring_bell(database);
  CHECK(bell->wait(Millis{0}));
  CHECK(!bell->wait(Millis{0}));
}

TEST_CASE("a folder that is not there is an error that names it") {
  const auto bell = sqlite::open_bell("/nonexistent/folder/hooks.db");
  REQUIRE(!bell.has_value());
  CHECK(bell.error().code == ErrorCode::file);
  CHECK(bell.error().text.find("/nonexistent/folder") != std::string::npos);
}

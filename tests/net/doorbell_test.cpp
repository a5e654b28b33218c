#include "core/net/doorbell.h"

#include "core/net/steady.h"
#include "tests/support/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

using namespace thig;

namespace {

std::unique_ptr<Doorbell> open(const std::string& database) {
  auto bell = open_doorbell(database);
  REQUIRE_MESSAGE(bell.has_value(), bell.error().text);
  return std::move(*bell);
}

Doorbell* bell_of_handler = nullptr;
void ring_from_handler(int) {
  bell_of_handler->ring();
}

}  // namespace

TEST_CASE("a bell wakes who sleeps beside the database, and rings count once") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  const auto bell = open(database);
  CHECK(!bell->wait(Millis{0}));

  ring_doorbell(database);
  ring_doorbell(database);
  CHECK(bell->wait(Millis{5'000}));
  CHECK(!bell->wait(Millis{0}));

  bell->ring();
  bell->ring();
  CHECK(!bell->wait(Millis{5'000}));  // our own ring tells of no writing
  bell->ring();
  ring_doorbell(database);
  CHECK(bell->wait(Millis{5'000}));
  CHECK(!bell->wait(Millis{0}));
}

TEST_CASE("a ring ends a sleep that has begun") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  const auto bell = open(database);
  std::thread outside([&] { ring_doorbell(database); });
  CHECK(bell->wait(Millis{5'000}));
  outside.join();
  const auto before = Steady::now();
  std::thread inside([&] { bell->ring(); });
  CHECK(!bell->wait(Millis{60'000}));  // it was woken, but nobody has written
  CHECK(Steady::now() - before < std::chrono::seconds(50));
  inside.join();
}

TEST_CASE("a signal handler may ring") {
  TempDir folder;
  const auto bell = open(folder.path("hooks.db"));
  bell_of_handler = bell.get();
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = ring_from_handler;
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  const auto rung = Steady::now();
  CHECK(!bell->wait(Millis{60'000}));
  CHECK(Steady::now() - rung < std::chrono::seconds(50));
  sigaction(SIGUSR1, &before, nullptr);
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
  ring_doorbell(database);
  CHECK(fresh->wait(Millis{5'000}));
}

TEST_CASE("what is no socket is not replaced") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  std::ofstream(database + ".bell") << "precious";
  const auto bell = open_doorbell(database);
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
  ring_doorbell(database);
  CHECK(bell->wait(Millis{5'000}));
}

TEST_CASE("ringing where nobody listens does nothing, and a full bell does not block") {
  TempDir folder;
  const auto database = folder.path("hooks.db");
  ring_doorbell(database);
  ring_doorbell("/nonexistent/folder/hooks.db");
  const auto bell = open(database);
  for (int i = 0; i < 2000; ++i) ring_doorbell(database);
  CHECK(bell->wait(Millis{0}));
  CHECK(!bell->wait(Millis{0}));
}

TEST_CASE("a folder that is not there is an error that names it") {
  const auto bell = open_doorbell("/nonexistent/folder/hooks.db");
  REQUIRE(!bell.has_value());
  CHECK(bell.error().code == ErrorCode::file);
  CHECK(bell.error().text.find("/nonexistent/folder") != std::string::npos);
}

#include "core/store/sqlite/ownership.h"

#include "tests/store/sqlite_place.h"

#include <atomic>
#include <thread>

#include <signal.h>
#include <sys/stat.h>

namespace thig {

namespace {

const std::atomic<bool> goes_on{false};

// A child that takes the ownership, says so, and then holds it until it is killed.
class HoldingChild {
 public:
  explicit HoldingChild(const std::string& database) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const auto owner = Ownership::take(database);
      const char said = owner ? 'y' : 'n';
      if (::write(ends[1], &said, 1) != 1) _exit(1);
      for (;;) ::pause();
    }
    char said = 0;
    REQUIRE(::read(ends[0], &said, 1) == 1);
    CHECK(said == 'y');
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~HoldingChild() { end(); }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("one process owns a database at a time") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  CHECK_FALSE(Ownership::holder(database).has_value());
  {
    const Ownership mine = get(Ownership::take(database));
    CHECK(Ownership::holder(database) == getpid());
    const Error error = error_of(Ownership::take(database));
    CHECK(error.code == ErrorCode::busy);
    CHECK(error.text.find(database) != std::string::npos);
    CHECK(error.text.find(std::to_string(getpid())) != std::string::npos);
    CHECK(in_child([&] {
      const auto other = Ownership::take(database);
      return !other && other.error().code == ErrorCode::busy;
    }));
    struct stat found {};
    REQUIRE(stat((database + ".owner").c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);
  }
  CHECK_FALSE(Ownership::holder(database).has_value());
  CHECK(Ownership::take(database).has_value());
}

TEST_CASE("a killed owner releases it at once") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  HoldingChild child(database);
  CHECK(Ownership::holder(database) == child.pid());
  CHECK(code_of(Ownership::take(database)) == ErrorCode::busy);
  child.end();
  CHECK_FALSE(Ownership::holder(database).has_value());
  const Ownership mine = get(Ownership::take(database));
  CHECK(Ownership::holder(database) == getpid());
}

TEST_CASE("a child that ends without exec takes nothing from its parent") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  Ownership mine = get(Ownership::take(database));
  CHECK(in_child([&] {
    const Ownership inherited = std::move(mine);
    return true;
  }));
  CHECK(Ownership::holder(database) == getpid());
  CHECK(code_of(Ownership::take(database)) == ErrorCode::busy);
}

TEST_CASE("standing by ends when the owner does") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  std::optional<Ownership> mine = get(Ownership::take(database));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    mine.reset();  // its copy of the descriptor would keep the lock
    const auto owner = Ownership::wait(database, goes_on);
    _exit(owner && Ownership::holder(database) == getpid() ? 0 : 1);
  }
  mine.reset();
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(Ownership::wait(database, goes_on).has_value());
}

TEST_CASE("being told to stop ends standing by, also just before it begins") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  const Ownership mine = get(Ownership::take(database));
  std::atomic<bool> stop{false};
  SUBCASE("before") {
    stop = true;
    CHECK(code_of(Ownership::wait(database, stop)) == ErrorCode::interrupted);
  }
  SUBCASE("while it waits") {
    std::thread later([&] { stop = true; });
    CHECK(code_of(Ownership::wait(database, stop)) == ErrorCode::interrupted);
    later.join();
  }
}

TEST_CASE("what an earlier owner wrote does not matter") {
  TempDir dir;
  const std::string database = dir.path("hooks.db");
  for (const char* stale : {"1\n", "garbage", "-5\n", "99999999999999999999\n", ""}) {
    write_file(database + ".owner", stale);
    CHECK_FALSE(Ownership::holder(database).has_value());
    const auto mine = Ownership::take(database);
    REQUIRE(mine.has_value());
    CHECK(Ownership::holder(database) == getpid());
  }
}

TEST_CASE("a folder that is not there is named") {
  TempDir dir;
  const Error error = error_of(Ownership::take(dir.path("nowhere/hooks.db")));
  CHECK(error.code == ErrorCode::file);
  CHECK(error.text.find("nowhere") != std::string::npos);
}

}  // namespace thig

// A SQLite database in a folder of the test's own, and ways to look at it from behind.
#pragma once

#include "core/base/random.h"
#include "core/store/sqlite/sqlite_store.h"
#include "tests/support/store_samples.h"
#include "tests/support/temp_dir.h"

#include <fstream>
#include <iterator>
#include <string>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thig {

class SqlitePlace {
 public:
  SqlitePlace() {
    options.file = dir.path("data/hooks.db");
    options.key_file = dir.path("keys/key");
    options.create = true;
    options.owner_name = "ada";
    options.busy_timeout = Millis{50};
    options.free_space_floor = 0;
    options.ballast_size = 0;
  }

  Result<std::unique_ptr<Store>> try_open() { return open_sqlite_store(options, random); }
  std::unique_ptr<Store> open() { return get(try_open()); }

  TempDir dir;
  SqliteOptions options;
  SeededRandom random{42};
};

// A plain connection, as another program would have one. Ends the test if a statement fails.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& file) {
    REQUIRE(sqlite3_open(file.c_str(), &handle_) == SQLITE_OK);
    // The product's rule holds for tests as well: nobody checkpoints in passing.
    sqlite3_wal_autocheckpoint(handle_, 0);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(handle_); }

  void run(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    REQUIRE_MESSAGE(code == SQLITE_OK, sql, ": ", sqlite3_errmsg(handle_));
  }
  bool try_run(const std::string& sql) {
    return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  // The first column of the first row; "(none)" without a row.
  std::string ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    REQUIRE_MESSAGE(code == SQLITE_OK, sql, ": ", sqlite3_errmsg(handle_));
    std::string answer = "(none)";
    if (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      answer.assign(data == nullptr ? "" : data,
                    static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    }
    sqlite3_finalize(statement);
    return answer;
  }
  // One value bound as a blob.
  void run_with_blob(const std::string& sql, const std::string& blob) {
    sqlite3_stmt* statement = nullptr;
    REQUIRE(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    sqlite3_bind_blob(statement, 1, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
    CHECK(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_finalize(statement);
  }

 private:
  sqlite3* handle_ = nullptr;
};

// Everything in the WAL moved into the file, so that the file alone can be tampered with.
inline void flatten(const std::string& file) {
  RawDatabase(file).run("PRAGMA wal_checkpoint(TRUNCATE)");
}

inline std::string read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_file(const std::string& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// Runs it in a process of its own and answers whether it returned true there.
template <class Work>
bool in_child(Work work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Permissions mean nothing to root, so what they forbid is tried as somebody else.
template <class Work>
bool as_stranger(Work work) {
  return in_child([&] {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return false;
    return work();
  });
}

}  // namespace thig

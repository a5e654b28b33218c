// One connection to the database file, hardened and set up the same way everywhere.
//
// SQLite 3.7.0 to 3.51.2 can lose committed rows when a checkpoint races the commit of another
// connection. So no connection of ours checkpoints by itself, neither on commit nor on closing;
// checkpoint.h is the one place that does. Belongs to one thread.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/store/bounds.h"
#include "core/store/sqlite/query.h"
#include "core/store/sqlite/write_turns.h"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

struct sqlite3;

namespace thig::sqlite {

class Checkpointer;

// What a commit survives. Any commit survives the end of the process.
enum class Durability { power_loss, crash };

struct ConnectionOptions {
  std::string file;
  bool read_only = false;
  Millis busy_timeout{5'000};
  // Length of the WAL, in pages, from which on a writer checkpoints after its commits; grows to
  // four times that as it goes on (checkpoint.h).
  int checkpoint_frames = 256;
  TransactionBounds bounds{};
};

class Connection {
 public:
  // The file must exist. `file` if it cannot be opened that way, `database` if it is no database.
  static Result<std::unique_ptr<Connection>> open(ConnectionOptions options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // A use of a statement that is prepared once and kept. `sql` must be a constant: it is known by
  // its address.
  Query query(const char* sql);
  // The same for a statement that is made up for this use.
  Query query_once(const std::string& sql);
  // Runs statements that take no values and give no rows.
  Status execute(const char* sql);
  // The rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;

  // Holds for the transactions that follow.
  Status set_durability(Durability durability);
  bool in_transaction() const;
  // Takes the write lock, after others had their turn if this connection has held it for long.
  Status begin_write();
  // Works on a broken connection too, which must not go on holding the lock.
  void roll_back();
  // The transaction changes what others wait for: `announce` of on_change is called once it is
  // committed, and not if it is rolled back.
  void change_is_news() { news_ = true; }
  // A webhook is being removed: what it leaves behind is to be deleted afterwards (leftovers.h).
  void leave_behind() { leaves_behind_ = true; }
  bool take_left_behind() { return std::exchange(leaves_behind_, false); }
  void on_change(std::function<void()> announce) { announce_ = std::move(announce); }
  // Done once, right before the transaction that is open now is committed, or forgotten with it; an
  // error keeps it from being committed.
  void before_commit(std::function<Status()> work) { before_commit_ = std::move(work); }
  bool has_work_before_commit() const { return before_commit_ != nullptr; }
  Status prepare_commit();
  // A transaction has been committed: announces it, and checkpoints when the WAL has grown enough.
  // An error if the file was replaced or removed, so that what was committed is nowhere; it may not
  // be acknowledged.
  Status committed();
  // `database` if the file that was opened is no longer the one at its path; every further use
  // fails with the same error then. Two calls of stat(2).
  Status check_in_place();
  // Whether others have written within the last second.
  bool beside_others() const;
  // How long the write lock has been held by now.
  SteadySpan writing_for() const;
  // Moves the WAL's content into the file and empties it (checkpoint.h); false if others keep it.
  Result<bool> clear_wal();

  const ConnectionOptions& options() const { return options_; }
  const std::string& file() const { return options_.file; }
  // Frames in the WAL after the last commit made here.
  int wal_frames() const { return wal_frames_; }
  void set_busy_timeout(Millis timeout) { options_.busy_timeout = timeout; }

  // For what has no statement; goes on belonging to this object.
  sqlite3* handle() { return handle_; }

  // What a result code of this connection means. After a disk error every further use fails with
  // the same error: nothing this connection says can be believed any more.
  Error failure(int code);
  void refuse_further_work(Error reason) { broken_ = std::move(reason); }

 private:
  struct Kept {
    sqlite3_stmt* statement = nullptr;
    bool in_use = false;
  };

  explicit Connection(ConnectionOptions options);
  Status harden();
  void set_limits();
  Status look_for_others();
  Result<sqlite3_stmt*> prepare(std::string_view sql, bool kept);
  static int wait_for_lock(void* self, int tries);
  static int note_wal(void* self, sqlite3*, const char*, int frames);

  ConnectionOptions options_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<const void*, Kept> kept_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::optional<Error> broken_;
  std::function<void()> announce_;
  bool news_ = false;
  bool leaves_behind_ = false;
  std::function<Status()> before_commit_;
  Durability durability_ = Durability::power_loss;
  std::chrono::microseconds waited_{0};
  int wal_frames_ = 0;
  WriteTurns turns_;
  std::optional<std::int64_t> others_version_;  // changes when others have written
};

}  // namespace thig::sqlite

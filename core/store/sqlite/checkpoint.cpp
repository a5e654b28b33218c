#include "core/store/sqlite/checkpoint.h"

#include "core/store/sqlite/connection.h"

#include <algorithm>

namespace thig::sqlite {

namespace {

constexpr const char* kCopy = "PRAGMA wal_checkpoint(PASSIVE)";
constexpr const char* kTouchMeta = "UPDATE meta SET checkpoints = checkpoints + 1";

// Whoever opens the database first reads the whole WAL, so a process that commits once or twice
// leaves a short one (256 pages, 1 MiB); one that keeps committing needs fewer fsyncs with a
// longer.
constexpr int kGrowth = 4;

// What restarts the WAL cuts its file to this.
constexpr const char* kCutToNothing = "PRAGMA journal_size_limit = 0";
constexpr const char* kCutAsUsual = "PRAGMA journal_size_limit = 67108864";
// The restart's own frames.
constexpr int kRestartFrames = 8;

// Another writer that holds the lock longer will find the WAL as long as we did, and it is not for
// who has committed a little to wait for who commits much; unless it has grown very long.
constexpr Millis kPatience{100};
constexpr Millis kLittlePatience{10};
constexpr int kVeryLong = 8;  // times the usual

class ShortPatience {
 public:
  ShortPatience(Connection& connection, Millis most)
      : connection_(connection), before_(connection.options().busy_timeout) {
    connection_.set_busy_timeout(std::min(before_, most));
  }
  ShortPatience(const ShortPatience&) = delete;
  ShortPatience& operator=(const ShortPatience&) = delete;
  ~ShortPatience() { connection_.set_busy_timeout(before_); }

 private:
  Connection& connection_;
  Millis before_;
};

// Holds the write lock without having written anything.
class WriteLock {
 public:
  static Result<std::unique_ptr<WriteLock>> take(Connection& connection) {
    THIG_TRY(connection.begin_write());
    return std::unique_ptr<WriteLock>(new WriteLock(connection));
  }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;
  ~WriteLock() { connection_.roll_back(); }

 private:
  explicit WriteLock(Connection& connection) : connection_(connection) {}
  Connection& connection_;
};

}  // namespace

Checkpointer::Checkpointer(Connection& writer)
    : writer_(writer), threshold_(writer.options().checkpoint_frames), due_at_(threshold_) {}

Checkpointer::~Checkpointer() = default;

void Checkpointer::after_commit() {
  const int frames = writer_.wal_frames();
  if (frames < last_seen_) due_at_ = threshold_;  // the WAL has been restarted
  last_seen_ = frames;
  if (frames < due_at_) return;

  const bool very_long = frames >= kVeryLong * kGrowth * writer_.options().checkpoint_frames;
  const ShortPatience patience(writer_, very_long ? kPatience : kLittlePatience);
  const auto complete = checkpoint();
  if (!complete) return;
  if (*complete)
    threshold_ = std::min(threshold_ * 2, writer_.options().checkpoint_frames * kGrowth);
  // A reader that pins the WAL keeps it from starting again: no use in trying at every commit.
  last_seen_ = writer_.wal_frames();
  due_at_ = last_seen_ < frames ? threshold_ : last_seen_ + threshold_;
}

Result<bool> Checkpointer::clear() {
  const ShortPatience patience(writer_, kPatience);
  THIG_TRY(writer_.execute(kCutToNothing));
  const auto complete = checkpoint();
  THIG_TRY(writer_.execute(kCutAsUsual));
  if (!complete && complete.error().code == ErrorCode::busy) return false;
  if (!complete) return std::unexpected(complete.error());
  last_seen_ = writer_.wal_frames();
  return *complete && last_seen_ <= kRestartFrames;
}

// True if everything was copied.
Result<bool> Checkpointer::checkpoint() {
  bool complete = false;
  {
    THIG_TRY_ASSIGN(lock, WriteLock::take(writer_));
    THIG_TRY_ASSIGN(copied, copy_frames());
    complete = copied;
  }
  if (complete) THIG_TRY(restart_wal());
  return complete;
}

Result<bool> Checkpointer::copy_frames() {
  if (!second_) {
    THIG_TRY_ASSIGN(opened, Connection::open({.file = writer_.file(), .busy_timeout = kPatience}));
    second_ = std::move(opened);
  }
  Query copy = second_->query(kCopy);
  const bool answered = copy.next();
  const bool busy = answered && copy.small(0, 0, 1) == 1;
  const std::int64_t in_wal = answered ? copy.integer(1) : 0;
  const std::int64_t copied = answered ? copy.integer(2) : -1;
  if (auto done = copy.finish(); !done) {
    // Disk errors concern the writer as well: it reads the same file.
    if (done.error().code == ErrorCode::database) writer_.refuse_further_work(done.error());
    return std::unexpected(std::move(done).error());
  }
  return !busy && in_wal == copied;
}

// The first write after a complete checkpoint restarts the WAL. It has to happen while somebody
// still remembers that checkpoint: a process that ends here, as the last one, would leave the next
// to append to a WAL that then never gets shorter.
Status Checkpointer::restart_wal() {
  THIG_TRY_ASSIGN(lock, WriteLock::take(writer_));
  THIG_TRY(writer_.query(kTouchMeta).run());
  return writer_.execute("COMMIT");
}

}  // namespace thig::sqlite

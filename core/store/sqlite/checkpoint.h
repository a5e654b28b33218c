// Moves the WAL's content into the database file. The only place that does (see connection.h), and
// only while the writer holds BEGIN IMMEDIATE, so that nobody can commit or restart the WAL
// meanwhile.
#pragma once

#include "core/base/error.h"

#include <memory>

namespace thig::sqlite {

class Connection;

class Checkpointer {
 public:
  // `writer` must outlive it; a second connection is opened at the first checkpoint.
  explicit Checkpointer(Connection& writer);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;
  ~Checkpointer();

  // To be called after each commit of the writer. Checkpoints if the WAL is long enough. Never
  // fails: what was committed is safe in the WAL, and the next commit tries again.
  void after_commit();
  // Checkpoints now, and cuts the WAL to nothing. False if that has to wait for others who are
  // reading or writing.
  Result<bool> clear();

 private:
  Result<bool> checkpoint();
  Result<bool> copy_frames();
  Status restart_wal();

  Connection& writer_;
  std::unique_ptr<Connection> second_;
  int threshold_;      // frames between checkpoints
  int due_at_;         // frames at which the next one is due
  int last_seen_ = 0;  // frames after the last commit
};

}  // namespace thig::sqlite

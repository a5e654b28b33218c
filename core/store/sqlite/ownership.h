// What only one may do at a time with a database: by flock on a file beside it, so that a killed
// owner releases it at once.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"
#include "core/base/time.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string>

namespace thig {

enum class Duty {
  dispatch,  // of the queue: "<database>.owner"
  actions,   // of incoming webhooks: "<database>.actions"
};

std::string lock_file(const std::string& database, Duty duty);

class Ownership {
 public:
  // `database` is its real path (base/safe_file.h), so that it has one lock however it is reached.
  // `busy` if another process holds it for as long as `patience`; the text names its pid.
  static Result<Ownership> take(const std::string& database, Duty duty = Duty::dispatch,
                                Millis patience = {});
  // Waits for the queue, until `stop` is set: `interrupted` then.
  static Result<Ownership> wait(const std::string& database, const std::atomic<bool>& stop,
                                const std::function<void()>& on_look = {});
  // The pid of the holder; nothing if nobody holds it.
  static std::optional<int> holder(const std::string& database, Duty duty = Duty::dispatch);

 private:
  explicit Ownership(FileDescriptor lock) : lock_(std::move(lock)) {}
  // Closing releases the lock, unless a child that was forked still has the descriptor; unlocking
  // would take it from the parent when a child ends.
  FileDescriptor lock_;
};

}  // namespace thig

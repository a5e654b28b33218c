// What only one may do at a time with a database: by flock on a file beside it, so that a killed
// owner releases it at once.
#pragma once

#include "core/base/error.h"

#include <atomic>
#include <optional>
#include <string>

namespace thig {

enum class Duty {
  dispatch,  // of the queue: "<database>.owner"
  actions,   // of incoming webhooks: "<database>.actions"
};

class Ownership {
 public:
  // `busy` if another process holds it; the text names its pid.
  static Result<Ownership> take(const std::string& database, Duty duty = Duty::dispatch);
  // Waits for the queue, until `stop` is set: `interrupted` then.
  static Result<Ownership> wait(const std::string& database, const std::atomic<bool>& stop);
  // The pid of the holder; nothing if nobody holds it.
  static std::optional<int> holder(const std::string& database, Duty duty = Duty::dispatch);

  Ownership(Ownership&& other) noexcept;
  Ownership& operator=(Ownership&& other) noexcept;
  Ownership(const Ownership&) = delete;
  Ownership& operator=(const Ownership&) = delete;
  ~Ownership();

 private:
  explicit Ownership(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace thig

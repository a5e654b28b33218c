// Who dispatches owns the queue: one process per database, by flock on "<database>.owner", so that
// a killed owner releases it at once.
#pragma once

#include "core/base/error.h"

#include <optional>
#include <string>

namespace thig {

class Ownership {
 public:
  // `busy` if another process holds it; the text names its pid.
  static Result<Ownership> take(const std::string& database);
  // Waits for it. The wait ends with `interrupted` when a signal handler has run.
  static Result<Ownership> wait(const std::string& database);
  // The pid of the holder; nothing if nobody holds it.
  static std::optional<int> holder(const std::string& database);

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

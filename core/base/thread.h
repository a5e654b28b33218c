// Starting a thread can fail, as opening a file can: there are limits (ulimit -u, cgroups).
#pragma once

#include "core/base/error.h"

#include <functional>
#include <system_error>
#include <thread>
#include <utility>

namespace thig {

// `internal` if there can be no thread now; then `work` is not done.
inline Result<std::thread> start_thread(std::function<void()> work) {
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error& error) {
    return fail(ErrorCode::internal, std::string("cannot start a thread: ") + error.what(),
                "raise the limit of processes (ulimit -u)");
  }
}

}  // namespace thig

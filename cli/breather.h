// Long work that writes leaves the database to others between its steps.
#pragma once

#include <chrono>
#include <thread>

namespace thig {

// Who waits for the database looks every 5 ms (store/sqlite/connection.cpp) whether it is free: a
// shorter pause could be missed again and again.
inline void let_others_write() {
  std::this_thread::sleep_for(std::chrono::milliseconds(6));
}

}  // namespace thig

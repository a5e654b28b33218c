// What statements cost: the steps of SQLite's virtual machine, the same on any machine.
#pragma once

#include <sqlite3.h>

namespace thig {

// While it lives, the work that SQLite does in every connection of this process is counted.
class CountedSteps {
 public:
  CountedSteps() {
    steps_ = 0;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&CountedSteps::opened));
  }
  CountedSteps(const CountedSteps&) = delete;
  CountedSteps& operator=(const CountedSteps&) = delete;
  ~CountedSteps() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&CountedSteps::opened));
  }
  // Of all statements that end while `work` is done.
  template <class Work>
  static int of(Work work) {
    const int before = steps_;
    work();
    return steps_ - before;
  }

 private:
  static int opened(sqlite3* database, char**, const void*) {
    return sqlite3_trace_v2(database, SQLITE_TRACE_PROFILE, &CountedSteps::ended, nullptr);
  }
  static int ended(unsigned, void*, void* statement, void*) {
    steps_ +=
        sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1);
    return 0;
  }

  static inline int steps_ = 0;
};

}  // namespace thig

#include "cli/breather.h"

#include <thread>

namespace thig {
namespace {

// Who waits for the database looks every 5 ms whether it is free (store/sqlite/connection.cpp): a
// shorter pause could be missed again and again.
constexpr Millis breath{6};

// Readers keep the journal for a moment each.
constexpr int clearing_tries = 50;

}  // namespace

void let_others_write() {
  std::this_thread::sleep_for(breath);
}

Result<bool> clear_journal(Context& context, Store& store) {
  for (int tries = 0; tries < clearing_tries && !context.stop().requested(); ++tries) {
    THIG_TRY_ASSIGN(cleared, store.clear_journal());
    if (cleared) return true;
    let_others_write();
  }
  return false;
}

}  // namespace thig

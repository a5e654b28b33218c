#include "cli/log/journal.h"

#include <thread>

namespace thig {
namespace {

// Readers keep the journal for a moment each.
constexpr int clearing_tries = 50;
constexpr Millis between_tries{6};

}  // namespace

Result<bool> clear_journal(Context& context, Store& store) {
  for (int tries = 0; tries < clearing_tries && !context.stop().requested(); ++tries) {
    THIG_TRY_ASSIGN(cleared, store.maintenance().clear_journal());
    if (cleared) return true;
    std::this_thread::sleep_for(between_tries);
  }
  return false;
}

}  // namespace thig

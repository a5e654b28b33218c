#include "cli/flags/follow_flag.h"

#include <fmt/format.h>

namespace thig {

void FollowFlag::declare(Flags& flags, std::string_view what) {
  flags.toggle("--follow", given,
               fmt::format("Keep running: print new {} and changes, a line each, oldest first; "
                           "with --json, JSON Lines",
                           what));
}

Result<Store*> FollowFlag::store(Context& context) const {
  return given ? context.store(StoreUse::read) : context.store_if_any();
}

}  // namespace thig

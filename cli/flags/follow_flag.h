// --follow of lists.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"

#include <string_view>

namespace thig {

struct FollowFlag {
  bool given = false;

  // `what` is listed: "deliveries".
  void declare(Flags& flags, std::string_view what);
  // The store of the list: null if there is none yet, which is an empty list. But what is not there
  // cannot be followed: `not_found`.
  Result<Store*> store(Context& context) const;
};

}  // namespace thig

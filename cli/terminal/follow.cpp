#include "cli/terminal/follow.h"

#include "cli/app/stop.h"
#include "core/base/waker.h"

namespace thig {

Status follow(Context& context, Millis every, const std::function<Status()>& look) {
  THIG_TRY_ASSIGN(waker, make_waker());
  const Stop::Listener listener(context.stop(), *waker);
  while (!context.stop().requested()) {
    THIG_TRY(look());
    THIG_TRY(context.out().flush());
    if (context.out().gone()) break;
    waker->wait(every);
  }
  return {};
}

}  // namespace thig

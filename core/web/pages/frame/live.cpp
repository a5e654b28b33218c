#include "core/web/pages/frame/pages.h"

#include <string>
#include <utility>

namespace thig::pages {

// An older page may listen again: what it has seen says whether it missed something.
Result<HttpResponse> watch_changes(Call& call) {
  const auto watch = call.service.watch;
  return HttpResponse{
      .headers = {{"content-type", "text/event-stream"},
                  {"cache-control", "no-store"},
                  {"x-content-type-options", "nosniff"},
                  {"x-accel-buffering", "no"}},  // of a proxy that would wait for more
      .stream = [watch, seen = std::string(call.request.header("last-event-id"))](
                    std::shared_ptr<HttpStream> stream) { watch(std::move(stream), seen); },
      .keep_alive = ":\n\n"};
}

}  // namespace thig::pages

#include "cli/log/serving.h"

#include "cli/views/render.h"
#include "core/api/log_lines.h"

#include <fmt/format.h>
#include <unistd.h>

namespace thig {

void announce_service(Context& context, const Announcement& announcement) {
  context.out().line(
      context.json() || context.logs_json()
          ? serving_line(announcement.service, announcement.url, getpid(), context.now())
          : context.label() + "listening on " + announcement.url);
  static_cast<void>(context.out().flush());
  context.out().wait_for_background();
  context.note(announcement.note);
}

void tell_end_of_service(Context& context, const ServingLog& log) {
  context.note(fmt::format("stopped after {}", count_of(static_cast<std::int64_t>(log.requests()),
                                                        "request", "requests")));
}

}  // namespace thig

#include "cli/log/access_log.h"

#include "cli/views/incoming_view.h"
#include "core/api/log_lines.h"
#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {

void AccessLog::answered(const Access& access) {
  write_answer([&] {
    const Time now = context().now();
    if (context().json()) return request_line(access, now);
    return fmt::format("{} {} {} {} {} {} {} ms", format_rfc3339_millis(now),
                       printable(access.client), logged(access.method), logged(access.target),
                       logged(access.webhook), access.status, access.took.count());
  });
}

void AccessLog::ended(const IncomingHook& hook, const IncomingRequest& request,
                      const ActionOutcome& outcome) {
  write([&] {
    const Time now = context().now();
    if (context().json()) return action_line(hook, request, outcome, now);
    return fmt::format(
        "{} {} {} {}: {}", format_rfc3339_millis(now), hook.name, to_text(request.id),
        paint(to_text(outcome.state), style_of(outcome.state), context().out_colour()),
        printable(outcome.detail));
  });
}

void AccessLog::stuck(const Error& error) {
  warn(fmt::format("database error, retrying: {}", error.text));
}

}  // namespace thig

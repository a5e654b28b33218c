#include "cli/log/access_log.h"

#include "cli/views/incoming_view.h"
#include "core/api/log_lines.h"
#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {

void AccessLog::answered(const Access& access) {
  write_answer(
      level_of_answer(access.status),
      [&] {
        return fmt::format("{} {} {} {} {} {} ms", logged(access.client), logged(access.method),
                           logged(access.target), logged(access.webhook), access.status,
                           access.took.count());
      },
      [&](Time now) { return request_line(access, now); });
}

void AccessLog::ignored_forwarded_for(const std::string& peer) {
  warn(fmt::format(
      "ignored X-Forwarded-For from {0}, which is not a trusted proxy; if it is your proxy, pass "
      "--trusted-proxy {0}: until then, all its requests count as from one address",
      printable(peer)));
}

void AccessLog::ended(const IncomingHook& hook, const IncomingRequest& request,
                      const ActionOutcome& outcome) {
  write(
      level_of(outcome),
      [&] {
        return fmt::format(
            "{} {} {}: {}", logged(hook.name), to_text(request.id),
            paint(to_text(outcome.state), style_of(outcome.state), context().out_colour()),
            logged(outcome.detail));
      },
      [&](Time now) { return action_line(hook, request, outcome, now); });
}

void AccessLog::stuck(const Error& error) {
  fail(fmt::format("database error, retrying: {}", error.text));
}

}  // namespace thig

#include "cli/log/access_log.h"

#include "cli/log/background_log.h"
#include "cli/views/incoming_view.h"
#include "core/api/log_lines.h"
#include "core/base/codec.h"

#include <fmt/format.h>

namespace thig {

void AccessLog::answered(const Access& access) {
  const std::scoped_lock lock(mutex_);
  ++requests_;
  if (context_.quiet()) return;
  const Time now = context_.now();
  if (context_.json()) return write(request_line(access, now));
  write(fmt::format("{} {} {} {} {} {} {} ms", format_rfc3339_millis(now), printable(access.client),
                    printable(access.method.empty() ? "-" : access.method),
                    printable(access.target.empty() ? "-" : access.target),
                    printable(access.webhook.empty() ? "-" : access.webhook), access.status,
                    access.took.count()));
}

void AccessLog::ended(const IncomingHook& hook, const IncomingRequest& request,
                      const ActionOutcome& outcome) {
  const std::scoped_lock lock(mutex_);
  if (context_.quiet()) return;
  const Time now = context_.now();
  if (context_.json()) return write(action_line(hook, request, outcome, now));
  write(fmt::format("{} {} {} {}: {}", format_rfc3339_millis(now), hook.name, to_text(request.id),
                    paint(to_text(outcome.state), style_of(outcome.state), context_.out_colour()),
                    printable(outcome.detail)));
}

void AccessLog::stuck(const Error& error) {
  const std::scoped_lock lock(mutex_);
  context_.warn(fmt::format("the database refuses, trying again: {}", error.text));
}

void AccessLog::say(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  context_.note(text);
}

void AccessLog::warn(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  context_.warn(text);
}

void AccessLog::mind() {
  const std::scoped_lock lock(mutex_);
  mind_log(context_);
}

void AccessLog::write(const std::string& line) {
  context_.out().line(line);
  static_cast<void>(context_.out().flush());
}

}  // namespace thig

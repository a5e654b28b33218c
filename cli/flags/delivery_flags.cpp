#include "cli/flags/delivery_flags.h"

#include "cli/views/webhook_view.h"
#include "core/api/shell_words.h"

namespace thig {

void DeliveryFlags::declare(Flags& flags) {
  flags.text("--webhook", "WEBHOOK", query_.webhook,
             "Only deliveries to this webhook, by name or id");
  flags.text("--event", "EVT", query_.event, "Only deliveries of this event, by id");
  flags.list("--state", "STATE", query_.states, "Only deliveries in these states").choices = {
      delivery_states().begin(), delivery_states().end()};
  flags.text("--type", "PATTERN", query_.type,
             "Only deliveries of this event type, or pattern such as project.*");
  flags.list("--status", "STATUS", query_.outcomes,
             "Only deliveries whose last attempt ended with this: 503, 5xx, timeout, tls, connect, "
             "dns, closed, refused, bad_answer or local");
  times_.declare(flags, "Only deliveries of events emitted");
  flags.number("--limit", "N", limit_, 1, 10'000, "Maximum number of deliveries");
  flags.text("--before", "DLV", query_.before,
             "Continue after this delivery, the last one of the previous page");
}

DeliveryQuery DeliveryFlags::query() const {
  DeliveryQuery query = query_;
  query.limit = static_cast<std::size_t>(limit_);
  return query;
}

std::string DeliveryFlags::next_command(const Context& context, const DeliveryFilter& filter,
                                        DeliveryId after) const {
  ShellCommand next("thig-hooks deliveries");
  if (query_.webhook) next.flag("--webhook", *query_.webhook);
  if (query_.event) next.flag("--event", *query_.event);
  if (!query_.states.empty()) next.flag("--state", join(query_.states, ","));
  if (!query_.type.empty()) next.flag("--type", query_.type);
  if (!query_.outcomes.empty()) next.flag("--status", join(query_.outcomes, ","));
  repeat({.since = filter.since, .until = filter.until}, next);
  if (query().limit != deliveries_at_once) next.flag("--limit", std::to_string(limit_));
  next.flag("--before", to_text(after)).words(context.flags_to_repeat());
  return next.text();
}

}  // namespace thig

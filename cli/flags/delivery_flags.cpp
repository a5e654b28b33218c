#include "cli/flags/delivery_flags.h"

#include "cli/files/input.h"
#include "cli/terminal/shell_words.h"
#include "cli/views/webhook_view.h"
#include "core/base/codec.h"
#include "core/setup/webhooks.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> all_states = {"pending", "delivered", "dead",
                                             "missed",  "cancelled", "test"};

// What an attempt comes to that gets no answer, and an example of each kind of status.
const std::vector<std::string> outcome_words = {"2xx",    "3xx",     "4xx",        "5xx",
                                                "dns",    "connect", "tls",        "timeout",
                                                "closed", "refused", "bad_answer", "local"};

bool is_status(const std::string& text) {
  return text.size() == 3 && text[0] != '0' && std::ranges::all_of(text, is_digit);
}

Error named(Error error, std::string_view flag) {
  error.text = fmt::format("{}: {}", flag, error.text);
  return error;
}

}  // namespace

void DeliveryFlags::declare(Flags& flags) {
  flags.text("--webhook", "WEBHOOK", webhook_, "Only those of one webhook, by name or id");
  flags.text("--event", "EVT", event_, "Only those of one event, by id");
  flags.list("--state", "STATE", states_, "Only those in one of these states").choices = all_states;
  flags.text("--type", "PATTERN", type_, "Only those of events of this type, or like project.*");
  flags.list("--status", "STATUS", outcomes_,
             "Only those whose last attempt came to this: 503, 5xx, timeout, tls, connect, dns, "
             "closed, refused, bad_answer or local");
  times_.declare(flags, "Only those of events emitted");
  flags.number("--limit", "N", limit_, 1, 10'000, "How many at most");
  flags.text("--before", "DLV", before_, "Go on after this one, the last of the page before");
}

Status DeliveryFlags::check(Time now) {
  THIG_TRY(check_words());
  THIG_TRY(check_ids());
  return check_times(now);
}

Status DeliveryFlags::check_words() const {
  for (const std::string& state : states_) {
    if (!parse_delivery_state(state)) {
      return std::unexpected(named(not_a_choice(state, all_states), "--state"));
    }
  }
  for (const std::string& outcome : outcomes_) {
    const bool known = std::ranges::find(outcome_words, outcome) != outcome_words.end();
    if (!known && !is_status(outcome)) {
      Error error = not_a_choice(outcome, outcome_words);
      error.text += ", and no status";
      return std::unexpected(named(std::move(error), "--status"));
    }
  }
  return {};
}

Status DeliveryFlags::check_ids() {
  if (event_) {
    filter_.event = parse_event_id(*event_);
    if (!filter_.event) {
      return fail(ErrorCode::usage, fmt::format("--event: \"{}\" is no event id", *event_),
                  "an event id looks like evt_0nvpz4gk20400");
    }
  }
  if (before_) {
    filter_.before = parse_delivery_id(*before_);
    if (!filter_.before) {
      return fail(ErrorCode::usage, fmt::format("--before: \"{}\" is no delivery id", *before_),
                  "a delivery id starts with dlv_");
    }
  }
  return {};
}

Status DeliveryFlags::check_times(Time now) {
  THIG_TRY_ASSIGN(range, times_.read(now));
  filter_.since = range.since;
  filter_.until = range.until;
  return {};
}

Result<DeliveryFilter> DeliveryFlags::read(Store& store, Time now) {
  THIG_TRY(check(now));
  if (webhook_) {
    THIG_TRY_ASSIGN(endpoint, find_webhook(store.config(), *webhook_));
    filter_.endpoint = endpoint.id;
  }
  if (filter_.event) THIG_TRY(store.history().event(*filter_.event));
  for (const std::string& state : states_) {
    const auto one = parse_delivery_state(state).value_or(DeliveryState::pending);
    if (std::ranges::find(filter_.states, one) == filter_.states.end()) {
      filter_.states.push_back(one);
    }
  }
  filter_.type = type_;
  filter_.outcomes = outcomes_;
  filter_.limit = limit();
  return filter_;
}

bool DeliveryFlags::only_event() const {
  return event_ && !webhook_ && states_.empty() && type_.empty() && outcomes_.empty() &&
         !times_.since_text && !times_.until_text && !before_;
}

std::string DeliveryFlags::next_command(const Context& context, DeliveryId after) const {
  ShellCommand next("thig-hooks deliveries");
  if (webhook_) next.flag("--webhook", *webhook_);
  if (event_) next.flag("--event", *event_);
  if (!states_.empty()) next.flag("--state", join(states_, ","));
  if (!type_.empty()) next.flag("--type", type_);
  if (!outcomes_.empty()) next.flag("--status", join(outcomes_, ","));
  repeat({.since = filter_.since, .until = filter_.until}, next);
  if (limit_ != default_limit) next.flag("--limit", std::to_string(limit_));
  next.flag("--before", to_text(after)).words(context.flags_to_repeat());
  return next.text();
}

}  // namespace thig

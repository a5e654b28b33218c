#include "cli/flags/outgoing_flags.h"

#include "cli/files/input.h"
#include "cli/flags/list_flag.h"
#include "core/api/words.h"
#include "core/base/codec.h"
#include "core/rules/event_conditions.h"
#include "core/rules/header_text.h"
#include "core/rules/request_values.h"
#include "core/rules/retry_schedule.h"
#include "core/store/private_folder.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

namespace thig {
namespace {

const std::vector<std::string> signature_modes = {"both", "standard", "thig"};

bool same_name(const Header& header, std::string_view name) {
  return ascii_lower(header.name) == ascii_lower(name);
}

// Each takes the place of those of its name, so that setting what is there already changes nothing;
// new ones come last.
void set_headers(std::vector<Header>& headers, const std::vector<Header>& given) {
  std::vector<Header> set;
  const auto add_given = [&](std::string_view name) {
    if (std::ranges::any_of(set, [&](const Header& one) { return same_name(one, name); })) return;
    std::ranges::copy_if(given, std::back_inserter(set),
                         [&](const Header& one) { return same_name(one, name); });
  };
  for (const Header& header : headers) {
    const bool replaced =
        std::ranges::any_of(given, [&](const Header& one) { return same_name(one, header.name); });
    replaced ? add_given(header.name) : set.push_back(header);
  }
  for (const Header& one : given) add_given(one.name);
  headers = std::move(set);
}

}  // namespace

Result<double> parse_rate(const std::string& text) {
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc() || end != text.data() + text.size() || !(rate >= 0)) {
    return fail(ErrorCode::usage,
                fmt::format("must be a number of attempts per second, or 0, not \"{}\"", text));
  }
  return rate;
}

Flags::Item& OutgoingFlags::declare_events(Flags& flags) {
  return flags.list(
      "--event", "PATTERN", events_,
      "Event types to subscribe to: a type such as project.created, a pattern such as project.*, "
      "or '*' for all except webhook.* and incoming.*; comma-separated");
}

void OutgoingFlags::declare_event_changes(Flags& flags) {
  flags.list("--add-event", "PATTERN", added_events_, "Subscribe to these event types too");
  flags.list("--remove-event", "PATTERN", removed_events_, "Unsubscribe from these event types");
}

void OutgoingFlags::declare_conditions(Flags& flags) {
  declare_list(
      flags, "--when", "FROM=TEXT",
      "Send only events whose body matches: FROM=TEXT, FROM~REGEX, or FROM!=TEXT, FROM!~REGEX to "
      "negate; FROM=null if it is null or missing. FROM is a JSON pointer into the body of the "
      "delivery: /event, or /data and what is in it, as in /data/status. All conditions must match",
      conditions_, [](const std::string& text) { return as_typed(parse_event_condition(text)); });
}

void OutgoingFlags::declare_request(Flags& flags) {
  flags
      .custom("--signature", "MODE",
              "Content of the webhook-signature header: both kinds of signature, only the Standard "
              "Webhooks one, or only the plain hex HMAC",
              [this](const std::string& text) -> Status {
                signature_ = parse_signature_mode(text);
                if (signature_) return {};
                return std::unexpected(not_a_choice(text, signature_modes));
              })
      .choices = signature_modes;
  flags.text("--signature-header", "HEADER", signature_header_,
             "Extra header with the plain hex HMAC, for older receivers");
  flags
      .custom("--header", "'NAME: VALUE'", "Extra header to send",
              [this](const std::string& text) -> Status {
                THIG_TRY_ASSIGN(header, parse_header(text));
                headers_.push_back(std::move(header));
                return {};
              })
      .repeated = true;
  flags
      .duration("--timeout", timeout_,
                "Maximum time for an attempt, until the response headers have arrived")
      .fallback = format_duration(Endpoint().timeout);
}

void OutgoingFlags::declare_header_changes(Flags& flags) {
  flags.list("--remove-header", "HEADER", removed_headers_, "Remove an extra header");
  flags.toggle("--no-headers", no_headers_,
               "Remove all extra headers, except those given with --header");
}

void OutgoingFlags::declare_pace(Flags& flags) {
  flags
      .custom("--retry", "SCHEDULE",
              "Retry schedule: delays between attempts (backoff), such as 1m,5m,30m, or none",
              [this](const std::string& text) -> Status {
                THIG_TRY_ASSIGN(waits, parse_retry_schedule(text));
                retry_ = std::move(waits);
                return {};
              })
      .fallback = format_retry_schedule(default_retry_schedule());
  flags.number("--max-in-flight", "N", max_in_flight_, 1, 256, "Maximum concurrent attempts")
      .fallback = std::to_string(Endpoint().max_in_flight);
  flags
      .custom("--rate", "N", "Maximum attempts per second; 0: no limit",
              [this](const std::string& text) -> Status {
                THIG_TRY_ASSIGN(rate, parse_rate(text));
                rate_ = rate;
                return {};
              })
      .fallback = fmt::format("{:g}", Endpoint().rate);
}

void OutgoingFlags::declare_network(Flags& flags) {
  flags.toggle("--allow-private", allow_private_, "Allow private and loopback addresses");
  flags.text("--ca-file", "FILE", ca_file_,
             "CA certificates (PEM) to trust for this endpoint, instead of the system's");
  flags.text("--client-cert", "FILE", client_cert_, "Client certificate (PEM)");
  flags.text("--client-key", "FILE", client_key_, "Private key (PEM) of the client certificate");
}

void OutgoingFlags::declare_network_changes(Flags& flags) {
  flags.toggle("--no-allow-private", refuse_private_, "Refuse private addresses again");
}

void OutgoingFlags::declare_description(Flags& flags) {
  flags.text("--description", "TEXT", description_, "Description, for people");
}

Status OutgoingFlags::apply(Endpoint& endpoint) const {
  if (allow_private_ && refuse_private_) {
    return fail(ErrorCode::usage, "--allow-private and --no-allow-private cannot be combined");
  }
  THIG_TRY(apply_events(endpoint));
  if (conditions_) endpoint.conditions = *conditions_;
  THIG_TRY(apply_headers(endpoint));
  if (signature_) endpoint.signature = *signature_;
  if (signature_header_) endpoint.signature_header = *signature_header_;
  if (timeout_) endpoint.timeout = *timeout_;
  if (retry_) endpoint.retry = *retry_;
  if (max_in_flight_) endpoint.max_in_flight = *max_in_flight_;
  if (rate_) endpoint.rate = *rate_;
  if (allow_private_ || refuse_private_) endpoint.allow_private = allow_private_;
  if (description_) endpoint.description = *description_;
  apply_files(endpoint);
  return {};
}

Status OutgoingFlags::apply_events(Endpoint& endpoint) const {
  if (!events_.empty()) endpoint.events = events_;
  for (const std::string& pattern : added_events_) {
    auto& events = endpoint.events;
    if (std::ranges::find(events, pattern) == events.end()) events.push_back(pattern);
  }
  for (const std::string& pattern : removed_events_) {
    if (std::erase(endpoint.events, pattern) > 0) continue;
    return fail(ErrorCode::usage,
                fmt::format("--remove-event: {} is not subscribed to {}", endpoint.name, pattern),
                fmt::format("to list its subscriptions: thig-hooks show {}", to_text(endpoint.id)));
  }
  return {};
}

Status OutgoingFlags::apply_headers(Endpoint& endpoint) const {
  for (const std::string& name : removed_headers_) {
    const auto gone = std::erase_if(endpoint.headers,
                                    [&](const Header& header) { return same_name(header, name); });
    if (gone > 0) continue;
    return fail(ErrorCode::usage,
                fmt::format("--remove-header: {} has no header {}", endpoint.name, name));
  }
  if (no_headers_) endpoint.headers.clear();
  set_headers(endpoint.headers, headers_);
  return {};
}

// Whoever delivers runs in another folder. What is in them is looked at where webhooks are set up.
void OutgoingFlags::apply_files(Endpoint& endpoint) const {
  const auto give = [](const std::optional<std::string>& given, std::string& into) {
    if (given) into = given->empty() ? "" : absolute_path(*given);
  };
  give(ca_file_, endpoint.ca_file);
  give(client_cert_, endpoint.client_cert);
  give(client_key_, endpoint.client_key);
}

bool OutgoingFlags::any() const {
  return !events_.empty() || !added_events_.empty() || !removed_events_.empty() || conditions_ ||
         signature_ || signature_header_ || !headers_.empty() || !removed_headers_.empty() ||
         no_headers_ || timeout_ || retry_ || max_in_flight_ || rate_ || allow_private_ ||
         refuse_private_ || ca_file_ || client_cert_ || client_key_ || description_;
}

}  // namespace thig

#include "cli/flags/incoming_flags.h"

#include "cli/flags/list_flag.h"
#include "core/api/words.h"
#include "core/rules/request_values.h"
#include "core/rules/scheme.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::string_view no_scheme = "none";

template <class Value>
void take_if_given(const std::optional<Value>& given, Value& into) {
  if (given) into = *given;
}

}  // namespace

void IncomingFlags::declare_action(Flags& flags) {
  declare_list(
      flags, "--set", "FIELD=FROM",
      "Set a field of the result, from /a/json/pointer, header:NAME, query:NAME or literal:TEXT",
      fields_, [](const std::string& text) { return parse_field_rule(text); });
  flags.texts("--default", "FIELD=TEXT", defaults_, "Value of the field if the request has none");
  declare_list(
      flags, "--when", "FROM=TEXT",
      "Process only requests that match: FROM=TEXT, FROM~REGEX, or FROM!=TEXT, FROM!~REGEX to "
      "negate; FROM=null if it is null or missing. All conditions must match",
      conditions_, [](const std::string& text) { return as_typed(parse_condition(text)); });
  flags.text("--event", "TYPE", event_type_, "Event type to emit, for the action emit");
  flags.texts(
      "--command", "PATH", command_,
      "Absolute path of the program, for the action run; repeat the flag for each argument");
  flags.text("--directory", "DIR", directory_, "Working directory of the command").fallback = "/";
  flags.duration("--timeout", timeout_, "Maximum time for the command").fallback =
      format_duration(IncomingAction().timeout);
  flags
      .number("--max-parallel", "N", max_parallel_, 1, 16,
              "Maximum number of concurrent commands of this webhook")
      .fallback = "1";
}

void IncomingFlags::declare_sender(Flags& flags) {
  std::vector<std::string> schemes = scheme_names();
  schemes.emplace_back(generic_name);
  schemes.emplace_back(no_scheme);
  auto& scheme = flags.custom("--scheme", "NAME", "Signature scheme of the sender",
                              [this, schemes](const std::string& text) -> Status {
                                if (std::ranges::find(schemes, text) == schemes.end()) {
                                  return std::unexpected(not_a_choice(text, schemes));
                                }
                                scheme_ = text == no_scheme ? "" : text;
                                return {};
                              });
  scheme.choices = schemes;
  scheme.fallback = no_scheme;
  generic_.declare_generic(flags);
  flags.text("--verify-token", "TEXT", verify_token_, "Verify token for the handshake of meta");
  flags.list("--allow-from", "CIDR", allowed_addresses_,
             "Accept requests from these addresses only");
  flags.list("--accept", "MEDIA", content_types_,
             "Accept these content types only (default: JSON and forms)");
  flags.number("--max-body", "KIB", max_body_kib_, 1, 25 << 10, "Maximum size of the body")
      .fallback = std::to_string(IncomingHook().max_body >> 10);
  flags
      .duration("--dedupe", dedupe_,
                "Deduplicate: a message repeated within this time is answered but not processed; "
                "0s: process every message")
      .fallback = format_duration(IncomingHook().dedupe);
  flags.number("--rate", "N", rate_, 0, 10'000, "Maximum requests per second; 0: no limit")
      .fallback = "0";
}

void IncomingFlags::declare_description(Flags& flags) {
  flags.text("--description", "TEXT", description_, "Description, for people");
}

Status IncomingFlags::apply(IncomingHook& hook) const {
  IncomingAction& action = hook.action;
  take_if_given(fields_, action.fields);
  for (const std::string& text : defaults_) {
    const auto equals = text.find('=');
    const std::string field = text.substr(0, equals);
    const auto rule = std::ranges::find(action.fields, field, &FieldRule::field);
    if (equals == text.npos || rule == action.fields.end()) {
      return fail(ErrorCode::usage, fmt::format("--default: no --set for the field \"{}\"", text),
                  "write FIELD=TEXT, together with --set FIELD=FROM");
    }
    rule->fallback = text.substr(equals + 1);
  }
  take_if_given(conditions_, action.conditions);
  take_if_given(event_type_, action.event_type);
  if (!command_.empty()) action.command = command_;
  take_if_given(directory_, action.directory);
  take_if_given(timeout_, action.timeout);
  take_if_given(max_parallel_, action.max_parallel);
  if (scheme_ == generic_name) {
    THIG_TRY_ASSIGN(text, generic_.generic_text());
    hook.scheme = std::move(text);
  } else {
    THIG_TRY(generic_.check_not_generic());
    take_if_given(scheme_, hook.scheme);
  }
  take_if_given(verify_token_, hook.verify_token);
  take_if_given(allowed_addresses_, hook.allowed_addresses);
  take_if_given(content_types_, hook.content_types);
  if (max_body_kib_) hook.max_body = static_cast<std::size_t>(*max_body_kib_) << 10;
  take_if_given(dedupe_, hook.dedupe);
  if (rate_) hook.rate = *rate_;
  take_if_given(description_, hook.description);
  return {};
}

bool IncomingFlags::any() const {
  return fields_ || !defaults_.empty() || conditions_ || event_type_ || !command_.empty() ||
         directory_ || timeout_ || max_parallel_ || scheme_ || verify_token_ ||
         allowed_addresses_ || content_types_ || max_body_kib_ || dedupe_ || rate_ || description_;
}

}  // namespace thig

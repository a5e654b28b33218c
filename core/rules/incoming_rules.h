// What an incoming webhook may be, and its tokens and URLs.
#pragma once

#include "core/base/error.h"
#include "core/model/incoming_hook.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

inline constexpr std::size_t largest_incoming_body = 25u << 20;  // GitHub's are the largest

// Every setting within its bounds, and an action that knows what it needs. `invalid`; `not_found`
// for an event type that is not among the known ones, with the nearest in the hint.
Status check_incoming(const IncomingHook& hook, std::span<const std::string> known_event_types);

// What is wrong with an action, said of its place in the settings: "action.when", or "action".
Status said_of_action(Status checked);

// How large a body of this webhook may be: what it emits as it came must fit into an event.
std::size_t largest_body(const IncomingHook& hook);

// Whether the action takes something out of the body, which must be JSON or a form then. A command
// gets the bytes that came, whatever they are.
bool reads_json(const IncomingAction& action);
// Whether the action cannot be done without a value for that field.
bool is_required_field(ActionKind kind, std::string_view field);

// "https://hooks.example.com": normalised, without a slash at its end. `invalid` for what is no
// http(s) URL by the rules of url_rules.h, or has a query or fragment.
Result<std::string> check_public_url(std::string_view url);
std::string incoming_url(std::string_view public_url, std::string_view token);

}  // namespace thig

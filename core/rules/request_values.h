// Taking values out of a request, or out of an event's body: where they are, what must hold of
// them. Forms as they are written on the command line and kept.
#pragma once

#include "core/base/error.h"
#include "core/model/condition.h"
#include "core/model/endpoint.h"
#include "core/model/incoming_hook.h"
#include "core/rules/pointed_values.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

struct RequestView {
  std::string_view body;  // JSON that check_json has accepted
  std::span<const Header> headers;
  std::string_view query;
  const PointedValues* pointed = nullptr;  // of the body, where they were looked up together
};

// A JSON text decoded; a number or boolean as it is written; an object or array as its JSON.
// Nothing if it is not there, or null.
std::optional<std::string> value_of(const ValueRef& ref, const RequestView& request);
// A value that no regular expression is tried on (over 4 KiB, or with a NUL) meets neither the
// expression nor its negation.
bool holds(const Condition& condition, const RequestView& request);
// The first that does not hold; null if all do.
const Condition* first_unmet(std::span<const Condition> conditions, const RequestView& request);

// "/data/title", "header:X-GitHub-Event", "query:name", "literal:TEXT".
Result<ValueRef> parse_value_ref(std::string_view text);
// "name=/data/title"
Result<FieldRule> parse_field_rule(std::string_view text);
// "/action=opened", "header:X-GitHub-Event~^issues$": the first of = and ~ behind the ref decides;
// "!" before it negates: "/action!=opened", "/user/login!~bot$".
// Regular expressions are POSIX extended, up to 200 bytes, without back-references and large nested
// repetitions, which can take exponential time.
Result<Condition> parse_condition(std::string_view text);
// Of one that a person has just typed: `invalid` also for what is valid, but never meant, as "=="
// and a \d in a regular expression. What is stored is read back without it.
Result<Condition> as_typed(Result<Condition> parsed);
Status check_condition(const Condition& condition);
// Each of those of one webhook, and that there are at most 20.
Status check_conditions(std::span<const Condition> conditions);

// What the functions above read back.
std::string to_text(const ValueRef& ref);
std::string to_text(const FieldRule& rule);
std::string to_text(const Condition& condition);

}  // namespace thig

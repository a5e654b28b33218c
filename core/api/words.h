// Words that a person gives to mean something else: a moment, one of several choices.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

// What a front end calls its fields, before the name: "--" for flags, nothing for parameters.
struct FieldNames {
  std::string_view prefix;
  // The error, said of this field.
  Error error_of(std::string_view field, Error error) const;
  std::string name(std::string_view field) const;
};

// `usage` for a word that is none of these, with the nearest as the hint.
Error not_a_choice(std::string_view word, std::span<const std::string> choices);

// A point in time: RFC 3339, or whole seconds since 1970. `usage`.
Result<Time> parse_time(const std::string& text);
// The same, or a span of time before `now`: "2h".
Result<Time> parse_moment(const std::string& text, Time now);

struct TimeRange {
  std::optional<Time> since;
  std::optional<Time> until;  // not part of it
};
// Two moments, each if it is given; `usage`, naming the field `since` or `until`, for one that is
// no moment, and for a range that ends before it begins.
Result<TimeRange> parse_time_range(const std::optional<std::string>& since,
                                   const std::optional<std::string>& until, Time now,
                                   const FieldNames& names);

}  // namespace thig

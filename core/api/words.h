// Words that a person gives to mean something else: a moment, one of several choices. And words
// that a front end has for what a person is told.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What a front end calls the kinds of errors, and the operations and settings that remarks and
// errors name.
class Wording {
 public:
  virtual ~Wording() = default;

  virtual std::string setting(const Setting& setting) const = 0;
  virtual std::string operation(const Operation& operation) const = 0;
  // The `code` of an error in its documents.
  virtual std::string_view code(ErrorCode code) const { return error_code_name(code); }

  std::string text(const Remark& remark) const;
  std::vector<std::string> texts(std::span<const Remark> remarks) const;
  // The error, said of this setting.
  Error error_of(std::string_view setting_name, Error error) const;
};

// A setting as a member of a document or a parameter: "ca-file" as "caFile", "scope" as "scopes". A
// member's name stays as it is.
std::string member_name(std::string_view setting);

// `usage` for a word that is none of these, with the nearest as the hint.
Error not_a_choice(std::string_view word, std::span<const std::string> choices);

// The lines of a text without blanks around them; empty ones are passed over. They point into it.
std::vector<std::string_view> filled_lines(std::string_view text);

// A point in time: RFC 3339, or whole seconds since 1970. `usage`.
Result<Time> parse_time(const std::string& text);
// The same, or a span of time before `now`: "2h".
Result<Time> parse_moment(const std::string& text, Time now);

struct TimeRange {
  std::optional<Time> since;
  std::optional<Time> until;  // not part of it
};
// Two moments, each if it is given; `usage`, naming the setting `since` or `until`, for one that is
// no moment, and for a range that ends before it begins.
Result<TimeRange> parse_time_range(const std::optional<std::string>& since,
                                   const std::optional<std::string>& until, Time now,
                                   const Wording& wording);

}  // namespace thig

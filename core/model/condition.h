// What must hold of something that came, or of an event, before anything is done with it.
#pragma once

#include <string>

namespace thig {

// Where a value is.
enum class ValueSource {
  pointer,  // RFC 6901, into the body
  header,   // of a request, by lower-case name
  query,    // a field of the query in a request's URL
  literal,  // the text itself
};

struct ValueRef {
  ValueSource source = ValueSource::literal;
  std::string text;
  bool operator==(const ValueRef&) const = default;
};

// Holds if the value equals `expected`, or matches it as an extended regular expression; negated,
// if it does not. A value that is null is as one that is not there: it equals "null" and matches
// nothing.
struct Condition {
  ValueRef value;
  bool is_regex = false;
  std::string expected;
  bool negated = false;
  bool operator==(const Condition&) const = default;
};

}  // namespace thig

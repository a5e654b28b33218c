// What a JSON document must have, as people write it: "/data/userId=u_1".
#pragma once

#include "core/base/error.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct JsonCondition {
  std::string pointer;  // JSON Pointer
  std::string value;    // a text itself, or a number, true, false or null as JSON writes it
};

// Splits at the first "="; `invalid` without one, or if what stands before it is no pointer or "".
Result<JsonCondition> parse_json_condition(std::string_view text);

// Whether the document (checked by check_json) has all of them. One whose place can be read in two
// ways, because a name on the way to it is there twice, does not hold.
bool meets(std::string_view document, std::span<const JsonCondition> conditions);

}  // namespace thig

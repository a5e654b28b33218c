// Changing one value of a JSON document; other values keep their bytes.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>

namespace thig {

// The document with `value` where the JSON pointer leads: both are valid JSON. Objects that are
// missing on the way are made; an array takes its elements, and "-" or its length for one more. ""
// replaces the whole. Of names that are there twice the first is changed. `invalid`: the way leads
// through a text, a number and the like, or past the end of an array; the text says where.
Result<std::string> json_with(std::string_view document, std::string_view pointer,
                              std::string_view value);

}  // namespace thig

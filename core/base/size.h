// Amounts of bytes as people write them.
#pragma once

#include "core/base/error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace thig {

// "500MiB", "1GiB", "64KiB", "1.5GiB", "4096" or "4096B"; units of 1024, capital or not, and "MB"
// or "M" mean the same as "MiB". At most 2^53 bytes. The error names the text.
Result<std::uint64_t> parse_size(std::string_view text);
// For people and for parse_size alike, in the largest unit, rounded to a tenth: "1.5 GiB" is
// written "1.5GiB", 0 is "0B".
std::string format_size(std::uint64_t bytes);

}  // namespace thig

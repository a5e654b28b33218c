// JSON Pointer (RFC 6901).
#pragma once

#include "core/base/error.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The value that the pointer names in a document that check_json has accepted; nothing if there is
// none, or the pointer is none. "" is the whole. An array's element is a plain decimal number
// without leading zeros.
std::optional<std::string_view> json_at(std::string_view document, std::string_view pointer);

// The decoded parts of a pointer that check_json_pointer has accepted; none for "".
std::vector<std::string> json_pointer_parts(std::string_view pointer);
// The index that a part names in an array; nothing if it can name none.
std::optional<std::size_t> json_element_index(std::string_view part);
// Whether a name on the pointer's way is there twice, so that another reader may find another
// value.
bool json_is_ambiguous(std::string_view document, std::string_view pointer);

// `invalid` unless it is "" or begins with "/", and "~" stands before "0" or "1" only.
Status check_json_pointer(std::string_view pointer);

}  // namespace thig

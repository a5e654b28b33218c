// The bodies of incoming requests: which kinds are taken, and as what JSON they are read.
#pragma once

#include "core/base/error.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

// Whether a body of that content type is taken; parameters and case do not matter. With nothing in
// `accepted`: JSON and forms, and no content type at all.
bool is_accepted_type(std::string_view content_type, std::span<const std::string> accepted);

bool is_form_type(std::string_view content_type);

// JSON as it is (an empty body is {}); a form as the object of its fields, a field that comes
// several times as an array; GitHub's form as the JSON object in its one `payload`. A form is read
// by the character set it names (rules/charset.h); what is a JSON object is none, whatever its
// type says. `invalid`, with what is wrong, for what is
// neither, for over `most` bytes, and for an object with two members of one name at any depth,
// which two readers could read in two ways.
Result<std::string> body_as_json(std::string_view content_type, std::string_view body,
                                 std::size_t most);

}  // namespace thig

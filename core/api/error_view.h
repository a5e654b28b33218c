// Errors as documents.
#pragma once

#include "core/base/error.h"
#include "core/base/json.h"

#include <string>

namespace thig {

// As it may be shown: control characters visible, and what looks like a secret masked, for whatever
// was written in the wrong place may be one.
Error shown_error(const Error& error);

// The members "error", "code" and "hint".
void write_error(JsonWriter& json, const Error& error);

std::string error_document(const Error& error);

}  // namespace thig

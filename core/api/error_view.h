// Errors as documents.
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/base/json.h"

#include <string>

namespace thig {

// As it may be shown, in a front end's words: control characters visible, and what looks like a
// secret masked, for whatever was written in the wrong place may be one.
struct ShownError {
  std::string_view code;  // "NOT_FOUND"
  std::string text;
  std::string hint;  // empty where nothing helps
};
ShownError shown_error(const Error& error, const Wording& wording);

// The members "error", "code" and "hint".
void write_error(JsonWriter& json, const ShownError& error);

std::string error_document(const ShownError& error);

}  // namespace thig

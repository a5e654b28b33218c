#include "core/api/error_view.h"

#include "core/base/codec.h"
#include "core/documents/json_members.h"

namespace thig {
namespace {

std::string shown_text(std::string_view text) {
  return printable(with_masked_secrets(text));
}

}  // namespace

Error shown_error(const Error& error) {
  return {.code = error.code, .text = shown_text(error.text), .hint = shown_text(error.hint)};
}

void write_error(JsonWriter& json, const Error& error) {
  json.key("error").text(error.text).key("code").text(error_code_name(error.code));
  write_text_or_null(json, "hint", error.hint);
}

std::string error_document(const Error& error) {
  return object_document([&](JsonWriter& json) { write_error(json, error); });
}

}  // namespace thig

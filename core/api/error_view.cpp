#include "core/api/error_view.h"

#include "core/base/codec.h"
#include "core/documents/json_members.h"

namespace thig {
namespace {

std::string shown_text(std::string_view text) {
  return printable(with_masked_secrets(text));
}

}  // namespace

ShownError shown_error(const Error& error, const Wording& wording) {
  return {.code = wording.code(error.code),
          .text = shown_text(error.text),
          .hint = shown_text(wording.text(error.hint))};
}

void write_error(JsonWriter& json, const ShownError& error) {
  json.key("error").text(error.text).key("code").text(error.code);
  write_text_or_null(json, "hint", error.hint);
}

std::string error_document(const ShownError& error) {
  return object_document([&](JsonWriter& json) { write_error(json, error); });
}

}  // namespace thig

#include "core/web/pages/html/filters.h"

#include "core/web/pages/html/form.h"
#include "core/web/pages/html/parts.h"

namespace thig::pages {

bool is_about_filters(const Error& error) {
  return error.code == ErrorCode::usage || error.code == ErrorCode::not_found;
}

// A filter is called as its field is, not as a flag.
Html wrong_filter(Error error) {
  if (error.text.starts_with("--")) error.text.erase(0, 2);
  return note("failed", "disabled", sentence_of(error), {});
}

}  // namespace thig::pages

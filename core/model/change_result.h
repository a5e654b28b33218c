// What a change of the configuration came to: whoever asks for the same twice learns that the
// second time changed nothing, and that it succeeded.
#pragma once

#include <string_view>

namespace thig {

enum class ChangeResult { created, changed, unchanged, removed };
// "created", …
std::string_view to_text(ChangeResult result);

inline ChangeResult changed_if(bool changed) {
  return changed ? ChangeResult::changed : ChangeResult::unchanged;
}

}  // namespace thig

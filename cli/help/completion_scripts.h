// The scripts of completions/, compiled in.
#pragma once

#include <span>
#include <string_view>

namespace thig {

struct CompletionScript {
  std::string_view shell;
  std::string_view text;
};

std::span<const CompletionScript> completion_scripts();

}  // namespace thig

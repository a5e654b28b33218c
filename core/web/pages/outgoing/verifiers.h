// Programs that verify our signatures, as man/thig-hooks-signing.7 has them and its tests run them.
// The source file is made from that page (embed_verifiers.cmake).
#pragma once

#include <span>
#include <string_view>

namespace thig::pages {

struct Verifier {
  std::string_view language;
  std::string_view program;
};

// Node, Python, Shell.
std::span<const Verifier> verifiers();

}  // namespace thig::pages

// What a body may have been before something on its way changed it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct BodyVariant {
  std::string text;
  std::string what;  // "the body without the newline at its end"; empty for the body itself
};

// The body itself first, then each other text once. JSON is written anew only up to 4 MiB.
std::vector<BodyVariant> body_variants(std::string_view body);

}  // namespace thig

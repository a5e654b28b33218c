#include "core/rules/punycode.h"

#include <memory>

#include <idn2.h>

namespace thig {

std::optional<std::string> punycode(std::string_view host) {
  // A name with a NUL would be read up to there.
  if (host.contains('\0')) return {};
  const std::string text(host);
  char* found = nullptr;
  if (idn2_to_ascii_8z(text.c_str(), &found, IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
  const std::unique_ptr<char, decltype(&idn2_free)> owned(found, &idn2_free);
  return std::string(owned.get());
}

std::string idn_library_version() {
  const char* found = idn2_check_version(nullptr);
  return found != nullptr ? found : "";
}

}  // namespace thig

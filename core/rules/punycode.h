// Names of hosts in letters beyond ASCII.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thig {

// The host as the name system knows it (IDNA2008 with the mappings of UTS #46, as browsers and curl
// read it): "Bücher.example" is "xn--bcher-kva.example". Nothing for what can be no name.
std::optional<std::string> punycode(std::string_view host);

// "2.3.3", of the library that was loaded.
std::string idn_library_version();

}  // namespace thig

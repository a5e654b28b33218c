// What a person calls the program that sends a User-Agent header.
#pragma once

#include <string>
#include <string_view>

namespace thig {

// "Firefox on Linux", "Safari on iPhone", "curl": enough to tell one's sessions apart, no more, so
// no versions. Of what is not known, the name of its first product: at most 40 bytes, printable.
// "unknown" where there is none.
std::string client_name(std::string_view user_agent);

}  // namespace thig

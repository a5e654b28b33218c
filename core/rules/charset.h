// Texts in the character sets that senders still use.
#pragma once

#include <string>
#include <string_view>

namespace thig {

// The text in UTF-8. `charset` as senders name it, in any case: windows-1252 and what browsers read
// as that (ISO-8859-1, Latin-1). Of UTF-8, no name and any other name, the bytes that are no UTF-8
// become U+FFFD.
std::string utf8_from(std::string_view charset, std::string_view text);

}  // namespace thig

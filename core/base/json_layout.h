// The same JSON, laid out as other programs would write it: to find out which of them has rewritten
// a body after it was signed.
#pragma once

#include <string>
#include <string_view>

namespace thig {

struct JsonLayout {
  // Blanks before each member, a level; 0 puts everything on one line.
  int indent = 0;
  bool tabs = false;    // a tab a level instead
  bool spaced = false;  // a blank after "," (on one line) and ":"
  enum class Escapes {
    kept,           // texts stay as they are written
    ascii,          // é becomes \u00e9
    none,           // \u00e9 becomes é
    slashes,        // / becomes \/
    plain_slashes,  // \/ becomes /
    php,            // both: \u and \/, as PHP writes it
    plain_php,      // and neither
    html,           // <, > and & become \u003c, \u003e and \u0026, as Go and Rails write them
    plain_html,     // and the reverse
  } escapes = Escapes::kept;
};

// Text that check_json has accepted, laid out again. Numbers and the order of members stay. Empty
// if that would take more than `most` bytes: deep documents swell with every blank.
std::string lay_out_json(std::string_view text, const JsonLayout& layout,
                         std::size_t most = std::string::npos);

}  // namespace thig

// Headers as programs print them.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"

#include <string_view>
#include <vector>

namespace thig {

// "Name: value". `invalid` if it is no header; the text does not repeat it, as it may be a secret
// that was given in the wrong place.
Result<Header> parse_header(std::string_view line);

// One header a line, up to the first empty line, as curl, a log or a capture prints them: in any
// case, with CRLF or LF, behind a request line or status line (which is skipped). Of what `curl -v`
// prints, the lines behind "> " are the request's, or those behind "< " if there are none of these;
// the others are left out. `invalid` for what holds a NUL, a line that is no header (with its
// number), over 1 MiB, or no header at all.
Result<std::vector<Header>> parse_header_text(std::string_view text);

}  // namespace thig

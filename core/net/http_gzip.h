// Bodies that are sent compressed, where the client can read that.
#pragma once

#include <string>
#include <string_view>

namespace thig {

// As gzip (RFC 1952). Less than 2 ms for 92 kB of HTML, which becomes a quarter of that; what
// cannot be compressed grows by 0.03 % and some 30 bytes. The same bytes always give the same. Any
// thread.
std::string gzip(std::string_view bytes);

// Whether a client that sends this Accept-Encoding takes gzip (RFC 9110 §12.5.3): what is said of
// gzip counts, else what is said of `*`. A weight that is none counts as 0; no header as no.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace thig

// What a request's head must look like before anything is made of it. Stricter than RFC 9112 has to
// be: whatever two readers could read in two ways is refused.
#pragma once

#include "core/net/http_server.h"

#include <cstdint>
#include <expected>
#include <string_view>

namespace thig {

// A request that is not answered by the handler. The connection is closed after it, for nobody
// knows where the next request would begin.
struct HttpRefusal {
  int status;
  std::string_view code;  // of the JSON answer: "BAD_REQUEST"
  std::string_view text;
};

// Looks for the end of the head: the position after its empty line, or 0 while it is not there.
// `scanned` bytes have been looked at before. Finds fault as soon as it can be seen: control
// characters, line ends other than CR LF, folded lines, names that are no tokens, request lines of
// other forms, other versions than 1.0 and 1.1.
std::expected<std::size_t, HttpRefusal> scan_head(std::string_view bytes, std::size_t scanned);

// Whether a line, without its end, is a field: a name, a colon, a value without control characters.
bool is_field_line(std::string_view line);

// How the body is delimited, and whether the client waits to be told to send it.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t length = 0;
  bool expects_continue = false;
};

// Of a head that scan_head found good. `minor` is the version's: 0 or 1.
std::expected<BodyFraming, HttpRefusal> check_head(const HttpRequest& request, int minor);

namespace refusal {
inline constexpr HttpRefusal malformed{400, "BAD_REQUEST", "not a valid HTTP/1.1 request"};
inline constexpr HttpRefusal uri_too_long{414, "URI_TOO_LONG",
                                          "the request target is longer than 2048 bytes"};
inline constexpr HttpRefusal headers_too_large{431, "HEADERS_TOO_LARGE",
                                               "the headers are too many or too long"};
inline constexpr HttpRefusal body_too_large{413, "BODY_TOO_LARGE", "the body is too large"};
inline constexpr HttpRefusal overloaded{503, "OVERLOADED",
                                        "too many requests at once; try again later"};
inline constexpr HttpRefusal too_many_streams{503, "OVERLOADED",
                                              "too many streams at once; try again later"};
inline constexpr HttpRefusal failed{500, "INTERNAL", "the request could not be handled"};
}  // namespace refusal

// {"error":…,"code":…}; a 503 asks to come again in a second.
HttpResponse to_response(const HttpRefusal& refusal);

}  // namespace thig

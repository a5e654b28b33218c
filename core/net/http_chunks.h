// A chunked body, decoded as it comes. Stricter than RFC 9112 §7.1: chunk extensions are refused
// altogether (a proxy that ends lines elsewhere would read another request in them), and of
// trailers what could stand for a header of the request.
#pragma once

#include "core/net/http_syntax.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace thig {

class ChunkedBody {
 public:
  // `max_body` bounds the body, `max_trailers` the bytes of all trailer lines.
  ChunkedBody(std::size_t max_body, std::size_t max_trailers)
      : max_body_(max_body), max_trailers_(max_trailers) {}

  // Takes what it can of `bytes` and appends what belongs to the body; answers how many bytes it
  // took: all of them until the body is complete, and none behind its end. Finds fault at the first
  // byte that shows it.
  std::expected<std::size_t, HttpRefusal> take(std::string_view bytes, std::string& body);
  bool complete() const { return part_ == Part::complete; }

 private:
  enum class Part { size, data, data_end, trailer, complete };
  using Taken = std::expected<void, HttpRefusal>;

  Taken take_line_byte(char byte, const std::string& body);
  Taken end_size_line(const std::string& body);
  Taken end_trailer_line();

  std::size_t max_body_;
  std::size_t max_trailers_;
  Part part_ = Part::size;
  std::string line_;        // of a size or trailer, as far as it has come
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t trailers_ = 0;
};

}  // namespace thig

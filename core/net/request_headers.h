// The header lines of a request in the form libcurl reads.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"

#include <span>
#include <string>
#include <vector>

#include <curl/curl.h>

namespace thig {

// A curl_slist in memory of its own that is kept for the next request: rebuilding it costs no
// allocation. The list holds until the next build.
class RequestHeaders {
 public:
  // Adds none that libcurl would add by itself (Content-Type, Expect).
  // `invalid` for a name that is no token, a value with a line break or another control character,
  // and for the headers that the sender itself is responsible for.
  Status build(std::span<const Header> headers);
  curl_slist* list() { return entries_.data(); }

 private:
  void add(std::string_view name, std::string_view value);

  std::string text_;
  std::vector<std::size_t> starts_;
  std::vector<curl_slist> entries_;
};

}  // namespace thig

// SQLite's result codes as errors for people.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>

namespace thig::sqlite {

struct Failure {
  Error error;
  // The disk did not keep its word (a failed write, read or fsync): what the connection believes
  // about the file may be wrong, so it must not be used again.
  bool fatal = false;
};

// `code` is extended, `os_error` the errno behind it or 0, `detail` SQLite's own words.
Failure describe_failure(int code, int os_error, std::string_view detail, const std::string& file);

// A value that the schema does not allow: the file is damaged, or somebody crafted it.
Error damaged(const std::string& file, std::string_view what);

}  // namespace thig::sqlite

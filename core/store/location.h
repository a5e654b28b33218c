// Where a database is: what `--db` names. A file by now; another kind of store has another kind of
// location.
#pragma once

#include "core/base/error.h"

#include <string>
#include <string_view>
#include <utility>

namespace thig {

class Location {
 public:
  Location() = default;
  // A file, by its real path (base/safe_file.h): locks and the bell are beside it.
  explicit Location(std::string file) : file_(std::move(file)) {}

  const std::string& file() const { return file_; }
  // As messages and logs name it: never with a password.
  const std::string& name() const { return file_; }

  bool operator==(const Location&) const = default;

 private:
  std::string file_;
};

// `usage` for an empty text and for what names a server (`postgres://…`, any other scheme, a
// connection string of libpq), of which the error repeats nothing: there may be a password in it.
// What begins with /, ./, ../ or ~/ is a path, whatever follows.
Status check_location(std::string_view text);
// A path, relative to the working directory. Errors as above.
Result<Location> parse_location(std::string_view text);

}  // namespace thig

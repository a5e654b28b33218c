// Lines from a file descriptor, as they come: a pause of a slow writer is seen at once.
#pragma once

#include "core/base/error.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace thig {

class LineReader {
 public:
  // Of a longer line only the first `longest` + 1 bytes are kept: enough to tell that it is too
  // long. The descriptor stays the caller's.
  LineReader(int fd, std::size_t longest) : fd_(fd), longest_(longest) {}

  enum class Event {
    line,   // `line` holds it, without its line end; valid until the next call
    pause,  // there is nothing to read at once; the next call waits for more
    end,
  };
  // `file` if reading fails, `interrupted` if a signal came while waiting.
  Result<Event> next(std::string_view& line);

  // All bytes read so far.
  std::size_t bytes_read() const { return bytes_read_; }

 private:
  bool take_line(std::string_view& line);
  Status fill();

  int fd_;
  std::size_t longest_;
  std::string buffer_;
  std::size_t start_ = 0;  // of what is not handed out yet
  std::string long_line_;  // the parts of a line that spans reads
  std::size_t bytes_read_ = 0;
  bool handed_out_ = false;
  bool paused_ = false;
  bool ended_ = false;
};

}  // namespace thig

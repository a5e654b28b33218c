#include "cli/files/line_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t chunk = 256u << 10;

bool has_data_at_once(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) != 0;  // an error is seen by the read
}

}  // namespace

// A whole line from the buffer; else what is left of it goes over to the line that is being put
// together.
bool LineReader::take_line(std::string_view& line) {
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  const auto end = rest.find('\n');
  const std::string_view part = rest.substr(0, end);
  if (end != rest.npos) start_ += end + 1;
  if (end != rest.npos && long_line_.empty()) {
    line = part.substr(0, longest_ + 1);
    return handed_out_ = true;
  }
  const std::size_t room = longest_ + 1 - std::min(longest_ + 1, long_line_.size());
  long_line_.append(part.substr(0, room));
  if (end != rest.npos) {
    line = long_line_;
    return handed_out_ = true;
  }
  start_ = buffer_.size();
  return false;
}

Status LineReader::fill() {
  buffer_.resize(chunk);
  start_ = 0;
  for (;;) {
    const ssize_t count = ::read(fd_, buffer_.data(), buffer_.size());
    if (count >= 0) {
      buffer_.resize(static_cast<std::size_t>(count));
      bytes_read_ += static_cast<std::size_t>(count);
      ended_ = count == 0;
      return {};
    }
    if (errno == EAGAIN) {
      pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, -1) >= 0 || errno != EINTR) continue;
    }
    buffer_.clear();
    if (errno == EINTR) return fail(ErrorCode::interrupted, "interrupted while reading");
    return fail(ErrorCode::file, fmt::format("cannot read the input: {}", std::strerror(errno)));
  }
}

Result<LineReader::Event> LineReader::next(std::string_view& line) {
  if (handed_out_) long_line_.clear();
  handed_out_ = false;
  for (;;) {
    if (start_ < buffer_.size() && take_line(line)) return Event::line;
    if (ended_) {
      if (long_line_.empty()) return Event::end;
      buffer_.assign(1, '\n');  // the last line has no end of its own
      start_ = 0;
      continue;
    }
    if (!paused_ && !has_data_at_once(fd_)) {
      paused_ = true;
      return Event::pause;
    }
    paused_ = false;
    THIG_TRY(fill());
  }
}

}  // namespace thig

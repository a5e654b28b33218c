#include "cli/output.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace thig {
namespace {

constexpr std::size_t piece = 64 << 10;  // what a pipe holds

int columns_of(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void wait_until_writable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  poll(&waiting, 1, -1);
}

}  // namespace

void Output::write(std::string_view text) {
  held_ += text;
  send_if_much();
}

void Output::line(std::string_view text) {
  held_.append(text) += '\n';
  send_if_much();
}

void Output::send_if_much() {
  if (!streams_ || held_.size() < piece) return;
  if (failed_) return held_.clear();
  if (const auto sent = flush(); !sent) failed_ = sent.error();
}

Status Output::flush() {
  if (failed_) return std::unexpected(*failed_);
  if (held_.empty()) return {};
  const std::string bytes = std::move(held_);
  held_.clear();
  if (gone_) return {};
  THIG_TRY_ASSIGN(sent, send(bytes));
  gone_ = sent == Sent::reader_gone;
  return {};
}

FdOutput::FdOutput(int fd, std::string name)
    : Output(isatty(fd) == 1, columns_of(fd)), fd_(fd), name_(std::move(name)) {}

Result<Output::Sent> FdOutput::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_until_writable(fd_);  // another process has made the shared descriptor non-blocking
    } else if (errno == EPIPE) {
      return Sent::reader_gone;
    } else if (errno != EINTR) {
      return fail(ErrorCode::file,
                  fmt::format("cannot write to {}: {}", name_, std::strerror(errno)));
    }
  }
  return Sent::all;
}

Status FdOutput::close() {
  if (::close(fd_) == 0 || errno == EINTR || errno == EBADF) return {};
  return fail(ErrorCode::file, fmt::format("cannot write to {}: {}", name_, std::strerror(errno)));
}

}  // namespace thig

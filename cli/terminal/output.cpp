#include "cli/terminal/output.h"

#include "core/base/codec.h"

#include <algorithm>
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

Result<BackgroundWriter::Wrote> write_some(int fd, const std::string& name,
                                           std::string_view& bytes) {
  for (;;) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      return BackgroundWriter::Wrote::some;
    }
    if (errno == EPIPE) return BackgroundWriter::Wrote::reader_gone;
    if (errno == EAGAIN) {
      wait_until_writable(fd);  // another process has made the shared descriptor non-blocking
    } else if (errno != EINTR) {
      return fail(ErrorCode::file,
                  fmt::format("cannot write to {}: {}", name, std::strerror(errno)));
    }
  }
}

// In valid JSON these stand within texts only, where an escape means the same.
void append_for_terminals(std::string& out, std::string_view json) {
  std::size_t plain = 0;
  for (std::size_t at = 0; at < json.size();) {
    if (static_cast<unsigned char>(json[at]) < 0x7f) {
      ++at;
      continue;
    }
    const std::size_t length = std::max<std::size_t>(utf8_sequence_length(json.substr(at, 4)), 1);
    const std::string_view character = json.substr(at, length);
    if (!is_for_terminals(character)) {
      out += json.substr(plain, at - plain);
      out += fmt::format("\\u{:04x}", code_point(character));
      plain = at + length;
    }
    at += length;
  }
  out += json.substr(plain);
}

}  // namespace

void Output::write(std::string_view text) {
  hold(text);
  send_if_much();
}

void Output::line(std::string_view text) {
  hold(text);
  hold("\n");
  send_if_much();
}

void Output::hold(std::string_view text) {
  if (lines_) {
    std::string lines;
    lines_->add(text, lines);
    append_for_terminals(held_, lines);
  } else if (json_) {
    append_for_terminals(held_, text);
  } else {
    held_ += text;
  }
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
  if (background_) {
    background_->add(bytes);
    return {};
  }
  THIG_TRY_ASSIGN(sent, send(bytes));
  gone_ = sent == Sent::reader_gone;
  return {};
}

Status Output::write_in_background(BackgroundWriter::Options options) {
  if (background_) return {};
  THIG_TRY_ASSIGN(started, BackgroundWriter::start(writer(), std::move(options)));
  background_ = std::move(started);
  return {};
}

void Output::wait_for_background() const {
  if (background_) background_->wait(Millis{100});
}

BackgroundWriter::Trouble Output::take_trouble() {
  return background_ ? background_->take_trouble() : BackgroundWriter::Trouble{};
}

BackgroundWriter::Ended Output::end_background(Millis stalled, Millis longest) {
  if (!background_) return {};
  static_cast<void>(flush());
  const BackgroundWriter::Ended ended = background_->end(stalled, longest);
  background_.reset();
  gone_ = gone_ || ended.given_up || ended.reader_gone || ended.error;
  return ended;
}

FdOutput::FdOutput(int fd, std::string name, std::string_view journal_stream)
    : Output(isatty(fd) == 1, columns_of(fd),
             is_journal(fd, journal_stream) ? LogReader::journal : LogReader::file),
      fd_(fd),
      name_(std::move(name)) {}

Result<Output::Sent> FdOutput::send(std::string_view bytes) {
  while (!bytes.empty()) {
    THIG_TRY_ASSIGN(wrote, write_some(fd_, name_, bytes));
    if (wrote == BackgroundWriter::Wrote::reader_gone) return Sent::reader_gone;
  }
  return Sent::all;
}

BackgroundWriter::Write FdOutput::writer() const {
  return [fd = fd_, name = name_](std::string_view& bytes) { return write_some(fd, name, bytes); };
}

Status FdOutput::close() {
  if (::close(fd_) == 0 || errno == EINTR || errno == EBADF) return {};
  return fail(ErrorCode::file, fmt::format("cannot write to {}: {}", name_, std::strerror(errno)));
}

}  // namespace thig

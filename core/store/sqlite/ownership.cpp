#include "core/store/sqlite/ownership.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

namespace thig {

namespace {

constexpr int kLookAgain = 100;  // milliseconds

std::string lock_file(const std::string& database, Duty duty = Duty::dispatch) {
  return database + (duty == Duty::dispatch ? ".owner" : ".actions");
}

Result<int> open_lock(const std::string& file) {
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  return fail(ErrorCode::file, fmt::format("cannot open {}: {}", file, std::strerror(errno)),
              "check the permissions of the file and its folder");
}

std::optional<int> read_pid(int fd) {
  char text[32];
  const ssize_t got = pread(fd, text, sizeof text, 0);
  if (got <= 0) return std::nullopt;
  int pid = 0;
  const auto read = std::from_chars(text, text + got, pid);
  if (read.ec != std::errc() || pid <= 0) return std::nullopt;
  return pid;
}

// Who holds the lock is whoever flock says; the pid is only there to be shown.
void write_pid(int fd) {
  const std::string text = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = pwrite(fd, text.data(), text.size(), 0);
}

bool is_running(int pid) {
  return kill(pid, 0) == 0 || errno == EPERM;
}

// holder() takes the lock for a moment to look. Who comes in that moment must not believe in an
// owner that is none, so a lock without a living owner's pid is tried again.
bool try_lock(int fd) {
  using namespace std::chrono_literals;
  for (int tries = 0; tries < 20; ++tries) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (const auto pid = read_pid(fd); pid && is_running(*pid)) return false;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

}  // namespace

Result<Ownership> Ownership::take(const std::string& database, Duty duty) {
  THIG_TRY_ASSIGN(fd, open_lock(lock_file(database, duty)));
  Ownership owner(fd);
  if (try_lock(fd)) {
    write_pid(fd);
    return owner;
  }
  const auto pid = read_pid(fd);
  return fail(ErrorCode::busy,
              fmt::format("{} is served by another process{}", database,
                          pid ? fmt::format(" (pid {})", *pid) : std::string()),
              "it does the work; --standby waits to take over");
}

// Looks now and then rather than waiting in flock: a signal that came just before would not end
// that.
Result<Ownership> Ownership::wait(const std::string& database, const std::atomic<bool>& stop) {
  for (;;) {
    auto owner = take(database);
    if (owner || owner.error().code != ErrorCode::busy) return owner;
    if (stop) return fail(ErrorCode::interrupted, "interrupted while standing by");
    poll(nullptr, 0, kLookAgain);  // ends early when a signal comes
  }
}

std::optional<int> Ownership::holder(const std::string& database, Duty duty) {
  const int fd = open(lock_file(database, duty).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::optional<int> pid;
  if (flock(fd, LOCK_SH | LOCK_NB) != 0) pid = read_pid(fd);
  close(fd);
  return pid;
}

Ownership::Ownership(Ownership&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Ownership& Ownership::operator=(Ownership&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

// Closing releases the lock, unless a child that was forked still has the descriptor; unlocking
// would take it from the parent when a child ends.
Ownership::~Ownership() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace thig

#include "core/store/sqlite/ownership.h"

#include "core/base/safe_file.h"

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

Result<FileDescriptor> open_lock(const std::string& database, Duty duty) {
  return open_own_file(lock_file(database, duty), FileOwner::of(database), Missing::made);
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

bool try_lock(int fd, Millis patience) {
  constexpr Millis pause{5};
  for (Millis waited{0}; !try_lock(fd); waited += pause) {
    if (waited >= patience) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace

std::string lock_file(const std::string& database, Duty duty) {
  return database + (duty == Duty::dispatch ? ".owner" : ".actions");
}

Result<Ownership> Ownership::take(const std::string& database, Duty duty, Millis patience) {
  THIG_TRY_ASSIGN(lock, open_lock(database, duty));
  bool locked = try_lock(lock.get(), patience);
  // One that was removed before it was locked (unused.h) keeps nobody else out.
  for (int tries = 0; locked && !is_at(lock.get(), lock_file(database, duty)) && tries < 8;
       ++tries) {
    THIG_TRY_ASSIGN(another, open_lock(database, duty));
    lock = std::move(another);
    locked = try_lock(lock.get(), patience);
  }
  if (locked) {
    write_pid(lock.get());
    // One that root has left behind would keep the database's user out.
    give_to(lock.get(), FileOwner::of(database));
    return Ownership(std::move(lock));
  }
  const auto pid = read_pid(lock.get());
  return fail(ErrorCode::busy,
              fmt::format("{} is served by another process{}", database,
                          pid ? fmt::format(" (pid {})", *pid) : std::string()),
              {"it does the work; ", Setting{"standby"}, " waits to take over"});
}

// Looks now and then rather than waiting in flock: a signal that came just before would not end
// that.
Result<Ownership> Ownership::wait(const std::string& database, const std::atomic<bool>& stop,
                                  const std::function<void()>& on_look) {
  for (;;) {
    auto owner = take(database);
    if (owner || owner.error().code != ErrorCode::busy) return owner;
    if (on_look) on_look();
    if (stop) return fail(ErrorCode::interrupted, "interrupted while standing by");
    poll(nullptr, 0, kLookAgain);  // ends early when a signal comes
  }
}

std::optional<int> Ownership::holder(const std::string& database, Duty duty) {
  const std::string file = lock_file(database, duty);
  const FileDescriptor fd(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd && flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return read_pid(fd.get());
  return std::nullopt;
}

}  // namespace thig

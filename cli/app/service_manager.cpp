#include "cli/app/service_manager.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <ctime>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace thig {
namespace {

// Only what has to arrive may wait for a service manager that is busy.
constexpr timeval longest_wait{.tv_sec = 1, .tv_usec = 0};

std::optional<std::int64_t> number_of(const Environment& environment, std::string_view name) {
  const auto text = environment.get(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  if (error != std::errc() || end != last || number <= 0) return std::nullopt;
  return number;
}

// Another process may be the one that is watched, such as the shell that started this one.
std::optional<Millis> watchdog_interval(const Environment& environment) {
  const auto interval = number_of(environment, "WATCHDOG_USEC");
  if (!interval || number_of(environment, "WATCHDOG_PID").value_or(getpid()) != getpid()) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<Millis>(std::chrono::microseconds(*interval));
}

// Empty if there is none, or it is no address of a Unix socket.
std::string notify_address(const Environment& environment) {
  std::string address = environment.get("NOTIFY_SOCKET").value_or("");
  const bool abstract = address.starts_with('@') && address.size() > 1;
  const bool fits = address.size() < sizeof(sockaddr_un::sun_path);
  if (!fits || (!abstract && !address.starts_with('/'))) return {};
  if (abstract) address[0] = '\0';
  return address;
}

std::int64_t monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

ServiceManager::ServiceManager(const Environment& environment, const Clock& clock)
    : clock_(clock), address_(notify_address(environment)) {
  if (address_.empty()) return;
  socket_ = FileDescriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_) return;
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &longest_wait, sizeof longest_wait);
  if (const auto interval = watchdog_interval(environment)) {
    beat_every_ = std::max(*interval / 3, Millis{1});
  }
}

void ServiceManager::ready() {
  send("READY=1", Patience::some);
}

// The time is for Type=notify-reload, which takes the READY that follows for the end of this
// reload.
void ServiceManager::reloading() {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_microseconds()), Patience::some);
}

void ServiceManager::stopping() {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  send("STOPPING=1", Patience::some);
}

void ServiceManager::beat() {
  if (!beat_every_) return;
  const Millis now = clock_.now().steady;
  const std::scoped_lock lock(mutex_);
  if (beaten_ && now - *beaten_ < *beat_every_) return;
  // One that does not get through is made up for by the next.
  if (send("WATCHDOG=1", Patience::none)) beaten_ = now;
}

bool ServiceManager::send(std::string_view message, Patience patience) {
  if (!socket_) return false;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  // An abstract name is as long as it is said to be; a path ends with a zero byte.
  const std::size_t end = address_[0] == '\0' ? 0 : 1;
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size() + end);
  const int flags = MSG_NOSIGNAL | (patience == Patience::none ? MSG_DONTWAIT : 0);
  return sendto(socket_.get(), message.data(), message.size(), flags,
                reinterpret_cast<const sockaddr*>(&to), length) >= 0;
}

}  // namespace thig

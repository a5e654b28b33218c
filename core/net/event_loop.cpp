#include "core/net/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/eventfd.h>

namespace thig {
namespace {

// An owner's number and the descriptor travel through the kernel in one word, so an event for a
// socket that has since been closed is recognised instead of followed.
std::uint64_t pack(std::uint32_t owner, int fd) {
  return (std::uint64_t{owner} << 32) | static_cast<std::uint32_t>(fd);
}

constexpr std::uint64_t kWake = ~std::uint64_t{0};

int milliseconds_until(std::optional<Steady::time_point> until) {
  if (!until) return -1;
  // Rounded up: waking early would mean going round until the time has really come.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - Steady::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

}  // namespace

EventLoop::EventLoop(FileDescriptor epoll, FileDescriptor event)
    : epoll_(std::move(epoll)), event_(std::move(event)) {}

Result<EventLoop> EventLoop::open() {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  FileDescriptor event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = kWake;
  if (!epoll || !event || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event.get(), &interest) != 0) {
    return fail(
        ErrorCode::network,
        fmt::format("cannot start a sending thread: {}", std::generic_category().message(errno)),
        "raise the limit of open files (ulimit -n)");
  }
  return EventLoop(std::move(epoll), std::move(event));
}

void EventLoop::watch(int fd, bool read, bool write, std::uint32_t owner) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watches_.size()) watches_.resize(index + 1);
  Watch& known = watches_[index];
  known.resting = false;
  const std::uint32_t events = (read ? EPOLLIN : 0u) | (write ? EPOLLOUT : 0u);
  if (known.events == events && known.owner == owner) return;

  epoll_event interest{};
  interest.events = events;
  interest.data.u64 = pack(owner, fd);
  // If the kernel cannot watch it, the transfer ends at its deadline.
  epoll_ctl(epoll_.get(), known.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &interest);
  known.events = events;
  known.owner = owner;
}

void EventLoop::rest(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index < watches_.size()) watches_[index].resting = true;
}

void EventLoop::forget(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watches_.size() || watches_[index].events == 0) return;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watches_[index] = {};
}

std::span<const EventLoop::Ready> EventLoop::wait(std::optional<Steady::time_point> until) {
  std::array<epoll_event, std::tuple_size_v<decltype(ready_)>> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                               milliseconds_until(until));
  std::size_t filled = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWake) {
      drain_event();
      continue;
    }
    const int fd = static_cast<int>(event.data.u64 & 0xffff'ffff);
    if (watches_[static_cast<std::size_t>(fd)].resting) {
      forget(fd);  // most likely the other side has closed an idle connection
      continue;
    }
    ready_[filled++] = {fd, static_cast<std::uint32_t>(event.data.u64 >> 32),
                        (event.events & (EPOLLIN | EPOLLHUP)) != 0, (event.events & EPOLLOUT) != 0,
                        (event.events & EPOLLERR) != 0};
  }
  return {ready_.data(), filled};
}

void EventLoop::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(event_.get(), &one, sizeof one);
}

void EventLoop::drain_event() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(event_.get(), &count, sizeof count);
}

}  // namespace thig

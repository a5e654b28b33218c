#include "core/base/waker.h"

#include "core/base/file_descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace thig {
namespace {

class EventWaker final : public Waker {
 public:
  explicit EventWaker(FileDescriptor event) : event_(std::move(event)) {}

  void wait(Millis longest, int also) override {
    using Steady = std::chrono::steady_clock;
    const auto until = Steady::now() + std::clamp(longest, Millis{0}, Millis{86'400'000});
    // poll passes over what is negative.
    std::array<pollfd, 2> ends{pollfd{event_.get(), POLLIN, 0}, pollfd{also, POLLIN, 0}};
    for (;;) {
      const auto left = std::chrono::ceil<Millis>(until - Steady::now());
      const int ready =
          poll(ends.data(), ends.size(), static_cast<int>(std::max(left, Millis{0}).count()));
      // A signal's handler may have woken it: look again. Any other failure is as good as time
      // passing.
      if (ready >= 0 || errno != EINTR) break;
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(event_.get(), &count, sizeof count);
  }

  void wake() noexcept override {
    const int saved = errno;  // a signal handler must not disturb what it interrupted
    const std::uint64_t one = 1;
    // Full means that it has been woken already.
    [[maybe_unused]] const auto written = write(event_.get(), &one, sizeof one);
    errno = saved;
  }

 private:
  FileDescriptor event_;
};

}  // namespace

Result<std::unique_ptr<Waker>> make_waker() {
  FileDescriptor event(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!event) {
    return fail(ErrorCode::file, fmt::format("cannot create an eventfd: {}", std::strerror(errno)),
                "raise `ulimit -n`");
  }
  return std::make_unique<EventWaker>(std::move(event));
}

}  // namespace thig

#include "core/base/clock.h"

#include "core/base/file_descriptor.h"

#include <array>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/timex.h>
#include <unistd.h>

namespace thig {
namespace {

std::string boot_id() {
  const FileDescriptor file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 36> text{};
  if (!file || read(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return {};
  }
  return {text.data(), text.size()};
}

bool is_synchronised() {
  timex kernel{};
  const int state = adjtimex(&kernel);
  if (state < 0 || state == TIME_ERROR || (kernel.status & STA_UNSYNC) != 0) return false;
  // Of the clock that we read, too: under faketime it is another.
  return std::abs(kernel.time.tv_sec - std::time(nullptr)) <= 2;
}

}  // namespace

Instant SystemClock::now() const {
  const auto wall = std::chrono::system_clock::now();
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::floor<Millis>(wall), std::chrono::floor<Millis>(steady)};
}

ClockWitness SystemClock::witness() const {
  timespec since{};
  clock_gettime(CLOCK_BOOTTIME, &since);
  return {.boot = boot_id(),
          .since_boot = Millis{since.tv_sec * 1000 + since.tv_nsec / 1'000'000},
          .synchronised = is_synchronised()};
}

}  // namespace thig

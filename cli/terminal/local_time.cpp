#include "cli/terminal/local_time.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace thig {

std::string local_time(Time time) {
  const auto seconds = static_cast<std::time_t>(to_unix_seconds(time));
  std::tm local{};
  std::tm utc{};
  if (localtime_r(&seconds, &local) == nullptr || gmtime_r(&seconds, &utc) == nullptr) return {};
  if (local.tm_gmtoff == 0) return {};
  if (local.tm_yday == utc.tm_yday) return fmt::format("{:%H:%M} local", local);
  return fmt::format("{:%Y-%m-%d %H:%M} local", local);
}

std::string beside_utc(Time time) {
  const std::string local = local_time(time);
  return local.empty() ? local : fmt::format(" ({})", local);
}

}  // namespace thig

#include "core/base/processors.h"

#include <array>
#include <fstream>
#include <string>

namespace thig {

// proc(5): "cpu  user nice system idle iowait irq softirq steal guest guest_nice", of which the
// guests' are in the first two already.
double Processors::busy() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  std::array<std::int64_t, 8> times{};
  stat >> cpu;
  for (std::int64_t& time : times) stat >> time;
  if (!stat) return 0;
  std::int64_t all = 0;
  for (const std::int64_t time : times) all += time;
  const std::int64_t used = all - times[3] - times[4];
  const bool first = all_ == 0;
  const auto passed = static_cast<double>(all - all_);
  const double share = first || passed <= 0 ? 0 : static_cast<double>(used - used_) / passed;
  used_ = used;
  all_ = all;
  return share;
}

}  // namespace thig

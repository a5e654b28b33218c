// How busy this machine's processors are.
#pragma once

#include <cstdint>

namespace thig {

class Processors {
 public:
  // The share of their time, 0 to 1, that was used since the last call, by whomever; 0 at the first
  // call, and where the system does not say.
  double busy();

 private:
  std::int64_t used_ = 0;
  std::int64_t all_ = 0;
};

}  // namespace thig

#include "core/base/asn1_time.h"

#include <chrono>
#include <ctime>

namespace thig {

std::optional<Time> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return Time{std::chrono::seconds(timegm(&parts))};
}

}  // namespace thig

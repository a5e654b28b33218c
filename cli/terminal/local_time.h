// The time on this machine's clock, beside one in UTC.
#pragma once

#include "core/base/time.h"

#include <string>

namespace thig {

// "15:05 local", with the day where it is another one: "2026-01-16 00:05 local". Empty where local
// time is UTC then, which it also is where TZ is not a time zone.
std::string local_time(Time time);
// " (15:05 local)", or nothing.
std::string beside_utc(Time time);

}  // namespace thig

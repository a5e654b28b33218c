// What keeps deliveries from being made faster: looked at every second, told every minute.
#pragma once

#include "core/base/time.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace thig {

enum class Limit {
  receiver,   // as many as its webhook allows are under way, and it answers no faster
  window,     // a webhook is sent to with care: it is new, or has failed lately
  rate,       // a webhook's own
  capacity,   // attempts, or bodies, of all webhooks together
  database,   // what is due is waited for, or the results of attempts
  processor,  // of this machine: all of it is used, and more would help
};
inline constexpr std::size_t limit_kinds = 6;

// What limits them at a moment.
struct Limited {
  Limit limit{};
  std::string webhook;     // empty where it concerns all
  bool elsewhere = false;  // with more processors it would be the same
};

// What limited deliveries most in the minute that has passed.
struct LimitReport {
  Limit limit = Limit::receiver;
  int seconds = 0;      // that it did
  std::string webhook;  // the one that was limited longest; empty where it concerns all
};

class LimitWatch {
 public:
  // What limits them at this second, if anything does. Answers a report when a minute is over in
  // which they were limited for a tenth of the time.
  std::optional<LimitReport> note(Millis steady, const std::optional<Limited>& limited);

 private:
  struct Tally {
    int seconds = 0;
    std::map<std::string, int, std::less<>> of;  // webhooks
  };
  std::optional<LimitReport> report() const;

  std::optional<Millis> since_;
  std::array<Tally, limit_kinds> tallies_;
};

}  // namespace thig

// Keys and login codes that open nothing. Guessing one is hopeless; whoever tries is slowed down,
// told less often why, and fills no log.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/token_bucket.h"

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace thig {

inline constexpr int guesses_a_minute = 10;        // from one network (network_of)
inline constexpr int seconds_between_guesses = 6;  // once they are used up

// Thread: any.
class Guesses {
 public:
  // `what` was sent from where, and why it opens nothing: "key", "login code"; never the text.
  using Report =
      std::function<void(const std::string& peer, std::string_view what, const std::string& why)>;

  Guesses(const Clock& clock, Report report) : clock_(clock), report_(std::move(report)) {}

  // Counts one from this address; false if it has to wait.
  bool take(const std::string& peer);
  // What was counted was none: nobody who can come in is counted.
  void forget(const std::string& peer);
  void report(const std::string& peer, std::string_view what, const std::string& why) const {
    report_(peer, what, why);
  }

 private:
  const Clock& clock_;
  const Report report_;
  std::mutex mutex_;
  std::unordered_map<std::string, TokenBucket> networks_;
};

}  // namespace thig

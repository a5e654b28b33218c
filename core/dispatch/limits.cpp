#include "core/dispatch/limits.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis minute{60'000};
constexpr int worth_telling = 6;  // seconds of it

}  // namespace

std::optional<LimitReport> LimitWatch::note(Millis steady, const std::optional<Limited>& limited) {
  if (!since_) since_ = steady;
  std::optional<LimitReport> told;
  if (steady - *since_ >= minute) {
    told = report();
    tallies_ = {};
    since_ = steady;
  }
  if (limited) {
    Tally& tally = tallies_[static_cast<std::size_t>(limited->limit)];
    ++tally.seconds;
    if (!limited->webhook.empty()) ++tally.of[limited->webhook];
  }
  return told;
}

std::optional<LimitReport> LimitWatch::report() const {
  const auto most = std::ranges::max_element(tallies_, {}, &Tally::seconds);
  if (most->seconds < worth_telling) return std::nullopt;
  LimitReport report{.limit = static_cast<Limit>(most - tallies_.begin()),
                     .seconds = most->seconds,
                     .webhook = {}};
  int longest = 0;
  for (const auto& [webhook, seconds] : most->of) {
    if (seconds <= longest) continue;
    longest = seconds;
    report.webhook = webhook;
  }
  return report;
}

}  // namespace thig

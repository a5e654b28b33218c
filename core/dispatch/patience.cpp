#include "core/dispatch/patience.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis first_backoff{100};
constexpr Millis longest_backoff{5000};
constexpr int most_refusals_of_a_sweep = 3;

}  // namespace

void Patience::refused(Error error, Millis steady) {
  const bool passing = passes(error.code);
  // Several lanes that are refused at the same moment are one refusal.
  if (passing && waits(steady)) return;
  if (!passing || (sweep_ && ++refusals_ >= most_refusals_of_a_sweep)) {
    fatal_ = std::move(error);
    return;
  }
  backoff_ = retry_at_ ? std::min(backoff_ * 2, longest_backoff) : first_backoff;
  if (!retry_at_) observer_.stuck(error);
  retry_at_ = steady + backoff_;
}

void Patience::over() {
  if (!retry_at_) return;
  retry_at_.reset();
  refusals_ = 0;
  observer_.unstuck();
}

}  // namespace thig

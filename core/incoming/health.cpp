#include "core/incoming/health.h"

namespace thig {
namespace {

// So long a failure counts when nothing comes that could succeed.
constexpr Millis remembered{5'000};

}  // namespace

void ServiceHealth::note(const Status& outcome) {
  {
    const std::scoped_lock lock(mutex_);
    if (broken_) return;
    if (outcome) {
      passing_.reset();
      return;
    }
    // A lock that others hold passes by itself, and is told to the sender alone.
    if (outcome.error().code == ErrorCode::busy) return;
    if (outcome.error().code != ErrorCode::database) {
      passing_ = outcome.error();
      failed_at_ = clock_.now().steady;
      return;
    }
    broken_ = outcome.error();
  }
  on_broken_();
}

std::optional<Error> ServiceHealth::trouble() const {
  const std::scoped_lock lock(mutex_);
  if (broken_) return broken_;
  const bool recent = passing_ && clock_.now().steady < failed_at_ + remembered;
  return recent ? passing_ : std::nullopt;
}

std::optional<Error> ServiceHealth::broken() const {
  const std::scoped_lock lock(mutex_);
  return broken_;
}

}  // namespace thig

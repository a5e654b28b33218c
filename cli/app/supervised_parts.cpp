#include "cli/app/supervised_parts.h"

#include <algorithm>

namespace thig {

SupervisedParts::SupervisedParts(Supervisor& whole, std::size_t count) : whole_(whole) {
  for (std::size_t i = 0; i < count; ++i) parts_.emplace_back(*this);
}

bool SupervisedParts::all_ready() const {
  return std::ranges::all_of(parts_, &Part::is_ready);
}

void SupervisedParts::ready(Part& part) {
  const std::scoped_lock lock(mutex_);
  part.is_ready = true;
  if (all_ready()) whole_.ready();
}

// The first of them that reloads is the beginning, and the last that has reloaded the end. They
// hear of it one after the other, so the whole may reload more than once.
void SupervisedParts::reloading(Part& part) {
  const std::scoped_lock lock(mutex_);
  if (all_ready()) whole_.reloading();
  part.is_ready = false;
}

void SupervisedParts::beat(Part& part) {
  const std::scoped_lock lock(mutex_);
  part.has_beaten = true;
  if (!std::ranges::all_of(parts_, &Part::has_beaten)) return;
  for (Part& one : parts_) one.has_beaten = false;
  whole_.beat();
}

}  // namespace thig

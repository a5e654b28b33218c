#include "core/web/guesses.h"

#include "core/rules/cidr.h"

namespace thig {
namespace {

constexpr std::size_t most_counted_networks = 10'000;

}  // namespace

bool Guesses::take(const std::string& peer) {
  const std::scoped_lock lock(mutex_);
  if (networks_.size() >= most_counted_networks) networks_.clear();
  TokenBucket& bucket =
      networks_
          .try_emplace(network_of(peer), 1.0 / seconds_between_guesses, double{guesses_a_minute})
          .first->second;
  if (bucket.wait(clock_.now().steady) > Millis{0}) return false;
  bucket.take();
  return true;
}

void Guesses::forget(const std::string& peer) {
  const std::scoped_lock lock(mutex_);
  networks_.erase(network_of(peer));
}

}  // namespace thig

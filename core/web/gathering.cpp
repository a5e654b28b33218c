#include "core/web/gathering.h"

#include <algorithm>
#include <iterator>

namespace thig {
namespace {

constexpr std::size_t most_waiting = 1024;
constexpr std::size_t most_bytes = 64u << 20;
constexpr std::size_t most_at_once = 256;
// As of a job: whoever waits for longer is answered by the server, and asks again.
constexpr Millis longest_wait{10'000};

}  // namespace

void Gathering::take(std::shared_ptr<const HttpRequest> request, Respond respond) {
  One one{
      .request = std::move(request), .respond = std::move(respond), .since = clock_.now().steady};
  bool first = false;
  bool full = false;
  {
    const std::scoped_lock lock(mutex_);
    const std::size_t size = one.request->body.size();
    full = waiting_.size() >= most_waiting || size > most_bytes - std::min(bytes_, most_bytes);
    if (!full) {
      first = waiting_.empty();
      bytes_ += size;
      waiting_.push_back(one);
    }
  }
  if (full) refuse_(one);
  if (first) go_on();
}

void Gathering::go_on() {
  const bool taken = queue_.take(
      {.work = [this](WorkPlace& place) { answer_next(place); }, .drop = [this] { refuse_all(); }});
  if (!taken) refuse_all();
}

void Gathering::answer_next(WorkPlace& place) {
  Taken taken = take_some(most_at_once);
  const Millis now = clock_.now().steady;
  const auto late = std::ranges::stable_partition(
      taken.some, [now](const One& one) { return now - one.since <= longest_wait; });
  for (const One& one : late) refuse_(one);
  taken.some.erase(late.begin(), late.end());
  if (!taken.some.empty()) answer_(taken.some, place);
  if (taken.more) go_on();
}

Gathering::Taken Gathering::take_some(std::size_t most) {
  const std::scoped_lock lock(mutex_);
  const auto end = waiting_.begin() + static_cast<long>(std::min(most, waiting_.size()));
  Taken taken{.some = {std::move_iterator(waiting_.begin()), std::move_iterator(end)}};
  waiting_.erase(waiting_.begin(), end);
  for (const One& one : taken.some) bytes_ -= one.request->body.size();
  taken.more = !waiting_.empty();
  return taken;
}

void Gathering::refuse_all() {
  for (const One& one : take_some(most_waiting).some) refuse_(one);
}

}  // namespace thig

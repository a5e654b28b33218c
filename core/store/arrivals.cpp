#include "core/store/arrivals.h"

#include <algorithm>

namespace thig {

void SeenMessage::add(const SeenKey& key) {
  starts = std::max(starts, key.starts);
  acted_upon = acted_upon || !key.has_failed;
}

RequestState state_of(const ArrivedRequest& arrived, const SeenMessage& seen) {
  const RequestState state = arrived.request.state;
  return state != RequestState::rejected && seen.acted_upon ? RequestState::duplicate : state;
}

bool has_room(const ArrivedRequest& arrived, std::uint64_t failed_bytes) {
  return !arrived.most_failed || failed_bytes == 0 ||
         failed_bytes + arrived.request.body_size <= *arrived.most_failed;
}

void ArrivalTally::add(RequestState state) {
  ++(state == RequestState::duplicate  ? duplicates
     : state == RequestState::rejected ? rejected
                                       : received);
  last = to_text(state);
}

}  // namespace thig

// What happens to a request that arrives, from what the store knows of its message and its webhook.
#pragma once

#include "core/store/incoming_request_store.h"

#include <cstdint>
#include <string>

namespace thig {

// One of a request's keys (ArrivedRequest::seen_keys) that was seen and has not been forgotten:
// what happened to the request it was seen with. Of one that is not there any more, nothing is
// known.
struct SeenKey {
  bool has_failed = false;  // all that was done for it
  int starts = 0;           // of its command
};

// What all keys of a request say. They are all looked up before any is remembered: an old message
// under another's id must not make that one a duplicate.
struct SeenMessage {
  bool acted_upon = false;  // so that it is a duplicate
  int starts = 0;           // of commands that were run for it and have failed

  void add(const SeenKey& key);
};

// Rejected requests stay so; of the others, those of a message that was acted upon are duplicates.
RequestState state_of(const ArrivedRequest& arrived, const SeenMessage& seen);
// Whether there is space for one more that may fail, beside the `failed_bytes` that the bodies of
// its webhook's failed requests hold. One always fits.
bool has_room(const ArrivedRequest& arrived, std::uint64_t failed_bytes);

// What arrivals add to the figures of a webhook.
struct ArrivalTally {
  std::int64_t received = 0;
  std::int64_t duplicates = 0;
  std::int64_t rejected = 0;
  std::string last;  // the state of the last

  void add(RequestState state);
};

}  // namespace thig

// How events come in. The rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/event.h"
#include "core/store/bounds.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thig {

// What became of an event that was given to accept.
struct Acceptance {
  enum class Kind {
    recorded,   // now
    duplicate,  // an event with this key and this content was accepted before: nothing is recorded
    mismatch,   // the event that was accepted with this key had other content: nothing is recorded
    left_out,   // with Portion::all: another one is a mismatch, so nothing is recorded
  };
  Kind kind = Kind::recorded;
  EventId id;  // its own, or that of the event which was accepted before; none if it is left out
  // Of a duplicate: when the first one was accepted, and what its receipt said.
  Time at{};
  std::size_t queued = 0;
  std::vector<EndpointId> missed{};
};

class IntakeStore {
 public:
  virtual ~IntakeStore() = default;

  // Records the events, or the first of them, with their queue rows (due at once) and their missed
  // deliveries; answers in the same order what happened to each. `conflict` if the configuration is
  // no longer at `config_version`: decide again who gets them. `full` also when free space is under
  // the floor kept for recording results. `unavailable`: give it once more with Given::again, the
  // events, the time and the version as they were; what was recorded then is the answer, and none
  // of it is a duplicate of itself.
  //
  // Of the events with one idempotency key only the first is recorded, whether they come in one
  // call or in many, from this process or from others: the key is looked up and kept in the
  // transaction that records its event. It is kept for idempotency_period from `now` on, and is
  // free again then, by the `now` of the later call. A new key is refused (`full`, and nothing of
  // this call is recorded) while those that are kept take more than IdempotencyKey::most_kept.
  virtual Result<std::vector<Acceptance>> accept(std::span<const NewEvent> events, Time now,
                                                 std::int64_t config_version,
                                                 Portion portion = Portion::all,
                                                 Given given = Given::first) = 0;
};

}  // namespace thig

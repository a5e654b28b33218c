// How events come in. The rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/event.h"
#include "core/store/bounds.h"

#include <cstdint>
#include <span>
#include <vector>

namespace thig {

class IntakeStore {
 public:
  virtual ~IntakeStore() = default;

  // Records the events, or the first of them, with their queue rows (due at once) and their missed
  // deliveries; answers their ids in the same order. `conflict` if the configuration is no
  // longer at `config_version`: decide anew who gets them. `full` also when free space is under the
  // floor kept for recording results. `unavailable`: give it once more with Given::again, the
  // events, the time and the version as they were; ids that were recorded then are the answer.
  virtual Result<std::vector<EventId>> accept(std::span<const NewEvent> events, Time now,
                                              std::int64_t config_version,
                                              Portion portion = Portion::all,
                                              Given given = Given::first) = 0;
};

}  // namespace thig

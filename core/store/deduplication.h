// Which of the events that are given to accept are recorded, and what the others are: the same
// whatever keeps the idempotency keys.
#pragma once

#include "core/base/error.h"
#include "core/store/intake_store.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// What is kept under a key.
struct KeptKey {
  std::string content;
  EventId event;
  Time at{};  // when the event was accepted
  std::size_t queued = 0;
  std::vector<EndpointId> missed{};
};

// Belongs into the transaction that records the events, which must outlive it.
class Deduplication {
 public:
  // Nothing for a key that is free.
  using Find = std::function<Result<std::optional<KeptKey>>(const std::string& key)>;

  // Looks up all keys. Errors are those of `find`.
  static Result<Deduplication> of(std::span<const NewEvent> events, const Find& find);

  bool has_mismatch() const { return mismatches_ > 0; }
  // Those that are to be recorded, in their order. Valid as long as this object is.
  std::span<const NewEvent> fresh() const { return all_fresh_ ? events_ : fresh_; }
  // The answer once these have been recorded, the first of fresh(): for all events before the first
  // that was not.
  std::vector<Acceptance> accepted(std::span<const EventId> ids, Time now) const;
  // The answer where a mismatch keeps the others from being recorded.
  std::vector<Acceptance> refused() const;

 private:
  struct Fate {
    Acceptance known;                    // as far as it is known before anything is recorded
    std::optional<std::size_t> first{};  // of these events the one with the same key
  };

  explicit Deduplication(std::span<const NewEvent> events) : events_(events) {}
  static Fate fate_of(const NewEvent& event, KeptKey kept);
  void set_apart();

  std::span<const NewEvent> events_;
  std::vector<Fate> fates_;
  std::vector<NewEvent> fresh_;  // where that is not all of them
  bool all_fresh_ = true;
  std::size_t mismatches_ = 0;
};

}  // namespace thig

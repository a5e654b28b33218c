// What the program needs from a database to keep it well over the years: how large it is, deleting
// what is old, copying it, erasing what is asked for. The rules of store.h hold here too, but work
// that may be long is cut into steps of one bounded transaction each, so that other writers are
// never held up; the caller goes on until there is no more.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/model/event.h"
#include "core/model/incoming_hook.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace thig {

struct DatabaseSize {
  std::uint64_t used = 0;  // bytes of its file that hold something
  std::uint64_t free = 0;  // bytes of its file that hold nothing
};

// What was, or would be, deleted.
struct PruneCounts {
  std::int64_t events = 0;
  std::int64_t deliveries = 0;
  std::int64_t attempts = 0;  // those that are not the last of an ended delivery
  std::int64_t requests = 0;
  std::int64_t figures = 0;  // rows of figures per hour
  std::int64_t keys = 0;     // by which requests and events that come again are known
  std::uint64_t bytes = 0;   // about how much space that was

  bool empty() const { return events + deliveries + attempts + requests + figures + keys == 0; }
  PruneCounts& operator+=(const PruneCounts& more) {
    events += more.events;
    deliveries += more.deliveries;
    attempts += more.attempts;
    requests += more.requests;
    figures += more.figures;
    keys += more.keys;
    bytes += more.bytes;
    return *this;
  }
  // What has come since `earlier`.
  PruneCounts operator-(const PruneCounts& earlier) const {
    return {.events = events - earlier.events,
            .deliveries = deliveries - earlier.deliveries,
            .attempts = attempts - earlier.attempts,
            .requests = requests - earlier.requests,
            .figures = figures - earlier.figures,
            .keys = keys - earlier.keys,
            .bytes = bytes - earlier.bytes};
  }
};

// Events and requests are numbered alike, by time (model/ids.h), so one number tells how far a walk
// through the history has come.
struct HistoryStep {
  EventId reached;    // where the next step goes on
  bool more = false;  // the end is not reached
  PruneCounts counts;
};

// Data as it was recorded, to be searched.
struct RecordedPage {
  std::vector<Event> events;
  std::vector<IncomingRequest> requests;  // id and body alone
  EventId reached;
  bool more = false;
};

struct ErasedCounts {
  std::int64_t events = 0;
  std::int64_t pending = 0;     // deliveries that had not ended
  std::int64_t deliveries = 0;  // that had
  std::int64_t requests = 0;

  ErasedCounts& operator+=(const ErasedCounts& more) {
    events += more.events;
    pending += more.pending;
    deliveries += more.deliveries;
    requests += more.requests;
    return *this;
  }
};

// What one transaction has erased of a list.
struct ErasedPart {
  std::size_t looked_at = 0;  // of the list, from its beginning
  ErasedCounts counts;
};

struct BackupReport {
  std::uint64_t bytes = 0;
  std::int64_t events = 0;
  std::int64_t deliveries = 0;  // that have ended
  std::int64_t pending = 0;
  std::int64_t requests = 0;
  std::int64_t webhooks = 0;
};

struct BackupOptions {
  std::string file;
  bool replace = false;  // a file that is there
  // Told the pages copied and all there are; false ends it (`interrupted`).
  std::function<bool(std::uint64_t done, std::uint64_t total)> on_progress{};
};

class MaintenanceStore {
 public:
  virtual ~MaintenanceStore() = default;

  virtual Result<DatabaseSize> database_size() = 0;

  // ----------------------------------------------------------------------------------- retention
  // Deletes, from `from` on and older than `before`: events none of whose deliveries is pending,
  // with their deliveries and attempts, and requests that have ended. Counters of what can be
  // recovered go down with them. An event with a pending delivery stays whole. Looks at about
  // `most` rows of each kind, and writes nothing where there is nothing to delete. May be lost by a
  // power failure: then it is deleted again.
  virtual Result<HistoryStep> prune_history(EventId from, EventId before, std::size_t most) = 0;
  // The same, counted only.
  virtual Result<HistoryStep> count_history(EventId from, EventId before, std::size_t most) = 0;
  // Deletes at most `most` figures per hour of each kind that are older than `before`, and as many
  // keys of each kind that have expired at `now`: of requests, and idempotency keys of events. No
  // key is ever deleted before. Empty if there is nothing left. May be lost likewise.
  virtual Result<PruneCounts> prune_figures(Time before, Time now, std::size_t most) = 0;
  // Gives some of the file's free pages back to the filesystem, for about so long; true if there
  // are more. May be lost likewise.
  virtual Result<bool> shrink(Millis longest) = 0;

  // ------------------------------------------------------------------------------------- erasing
  // Events and requests from `from` on, in the order of their numbers: a bounded number of bytes.
  virtual Result<RecordedPage> recorded(EventId from) = 0;
  // Removes these with everything that belongs to them, pending deliveries and idempotency keys
  // too, and overwrites the places where they were; counters go down. Ids that are not there are
  // passed over. Takes the first of them, events before requests, at least one, as many as a
  // transaction does (bounds.h).
  virtual Result<ErasedPart> erase(std::span<const EventId> events,
                                   std::span<const RequestId> requests) = 0;
  // To be called at the end of erasing: clears the journal, where what was erased stands until
  // then. False if others are reading just now, so that it could not be.
  virtual Result<bool> clear_journal() = 0;

  // --------------------------------------------------------------------------------------- clock
  // Takes the wall clock, which says `now`, for right, and forgets that it was ahead: the
  // dispatcher's own time comes back to it, pending deliveries wait as long as they had still to
  // wait, paused webhooks too, and numbers go on from now. Answers how many deliveries were moved.
  // Nobody may be dispatching meanwhile.
  virtual Result<std::int64_t> repair_clock(Time now) = 0;

  // -------------------------------------------------------------------------------------- copies
  // Writes a consistent copy while others go on writing, checks it, and only then gives it its
  // name; nothing is left behind when that fails. `conflict` if the file is there and shall not be
  // replaced; `full` if there is no space for it.
  virtual Result<BackupReport> back_up(const BackupOptions& options) = 0;
};

}  // namespace thig

// The numbers of what is recorded: one after the other, in the order of time. A clock that is set
// back must not disturb that order, and one that was decades ahead for a moment must not number
// everything after it as of then.
#pragma once

#include "core/store/sqlite/meta.h"

namespace thig::sqlite {

// Belongs into the write transaction that records under these numbers.
class Numbers {
 public:
  // Where the last number lies over an hour ahead of a clock that is no earlier than the database
  // itself, that was made by a clock which was wrong: numbers go on after the newest that is not
  // ahead, and what waits for that moment and was never tried becomes due.
  static Result<Numbers> at(Connection& connection, Time now);

  Result<EventId> next_event();
  Result<RequestId> next_request();
  EventId last_event() const { return numbering_.last; }
  RequestId last_request() const { return numbering_.last_request; }

 private:
  Numbers(Connection& connection, Numbering numbering, Time now)
      : connection_(connection), numbering_(numbering), now_(now) {}
  Status come_back();

  Connection& connection_;
  Numbering numbering_;
  Time now_;
  bool events_ahead_ = false;  // numbers that are to come may be taken already
  bool requests_ahead_ = false;
};

}  // namespace thig::sqlite

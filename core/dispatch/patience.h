// How long a database that refuses is borne with: what passes is waited out, with pauses that grow;
// what does not ends the process.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/dispatch/observer.h"

#include <optional>
#include <utility>

namespace thig {

class Patience {
 public:
  // A sweep gives up after three refusals in a row: the next one will go on.
  Patience(bool sweep, DispatchObserver& observer) : sweep_(sweep), observer_(observer) {}

  // The database has refused, at this moment of the steady clock. The first refusal is told.
  void refused(Error error, Millis steady);
  // It does what it is asked again; told where it had refused.
  void over();
  void give_up(Error error) { fatal_ = std::move(error); }

  // What it was abandoned for.
  const std::optional<Error>& fatal() const { return fatal_; }
  // Nothing is to be asked of the database until then.
  bool waits(Millis steady) const { return retry_at_ && *retry_at_ > steady; }
  // When it was, or will be, to be asked again; nothing while all is well.
  std::optional<Millis> retry_at() const { return retry_at_; }

 private:
  bool sweep_;
  DispatchObserver& observer_;
  std::optional<Millis> retry_at_;
  Millis backoff_{0};
  int refusals_ = 0;
  std::optional<Error> fatal_;
};

}  // namespace thig

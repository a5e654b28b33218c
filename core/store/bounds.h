// How much one transaction takes in, so that nobody waits long for it, and whether it is given for
// the first time.
#pragma once

#include "core/base/time.h"

#include <cstddef>

namespace thig {

// A transaction that may be cut takes in no further event, result or row once it holds so many rows
// or has run for so long: its commit and a checkpoint come on top, and several may be waiting. What
// belongs together stays whole: an event with all its rows, and what ConfigStore::in_transaction
// does.
inline constexpr std::size_t most_rows_at_once = 5'000;
struct TransactionBounds {
  std::size_t rows = most_rows_at_once;
  Millis longest{50};
  Millis longest_beside_others{12};  // while others write, too
};

// What a method takes of a list it is given.
enum class Portion {
  all,    // all of it, in one transaction
  first,  // the first of it, at least one, as much as a transaction takes
};

// Whether it is given for the first time, or once more because the last call on this object ended
// `unavailable`: then what was recorded is found, and nothing is recorded twice. A store that is
// always told the outcome of its transactions need not tell the two apart.
enum class Given { first, again };

}  // namespace thig

// A piece of the history that one bounded step can deal with. Events and requests are numbered
// alike, by time, so a piece is a range of numbers.
#pragma once

#include "core/store/sqlite/connection.h"

#include <cstdint>

namespace thig::sqlite {

struct HistoryRange {
  std::int64_t from = 0;
  std::int64_t to = 0;      // not in it
  bool more = false;        // the end that was asked for is not reached
  std::uint64_t bytes = 0;  // of the bodies in it
};

// From `from` on: what is recorded now and older than `before`, with about `most` rows of each kind
// and a few MiB of bodies at most. Empty only at the end.
Result<HistoryRange> choose_range(Connection& connection, std::int64_t from, std::int64_t before,
                                  std::size_t most);

}  // namespace thig::sqlite

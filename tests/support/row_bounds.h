// Transactions that are cut by rows alone, whatever the machine's speed.
#pragma once

#include "core/store/bounds.h"

#include <chrono>
#include <cstddef>

namespace thig {

inline TransactionBounds cut_by_rows_alone(std::size_t rows) {
  const Millis forever = std::chrono::hours(24);
  return {.rows = rows, .longest = forever, .longest_beside_others = forever};
}

}  // namespace thig

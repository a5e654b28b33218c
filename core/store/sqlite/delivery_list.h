// Lists of deliveries: what is pending from the queue, what has ended from the history, each walked
// along an index so that a short page costs little however much there is.
#pragma once

#include "core/store/sqlite/connection.h"
#include "core/store/store.h"

#include <vector>

namespace thig::sqlite {

// Newest event first, then by webhook.
Result<std::vector<Delivery>> select_pending(Connection& connection, const DeliveryFilter& filter);
Result<std::vector<Delivery>> select_ended(Connection& connection, const DeliveryFilter& filter);

// An attempt in five columns from `column` on, which may be NULL as a whole: started_at, duration,
// status, error, answer.
std::optional<Attempt> read_attempt(Query& row, int column, int number);

}  // namespace thig::sqlite

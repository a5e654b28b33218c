// Lists of deliveries: what is pending from the queue, what has ended from the history, each walked
// along an index so that a short page costs little however much there is.
#pragma once

#include "core/store/history_store.h"
#include "core/store/sqlite/connection.h"

namespace thig::sqlite {

// HistoryStore::search, within a transaction of the caller's.
Result<DeliveryPage> search_deliveries(Connection& connection, const DeliveryFilter& filter);

// An attempt in six columns from `column` on, which may be NULL as a whole: started_at, duration,
// status, error, answer, answer_headers.
std::optional<Attempt> read_attempt(Query& row, int column, int number);

}  // namespace thig::sqlite

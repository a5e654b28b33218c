#include "core/store/sqlite/test_deliveries.h"

#include "core/store/recording.h"
#include "core/store/refusals.h"
#include "core/store/sqlite/record.h"
#include "core/store/sqlite/transaction.h"

namespace thig::sqlite {

namespace {

constexpr const char* kInsertTest = R"(
  INSERT INTO delivery (event_id, endpoint_id, state, finished_at, attempts)
  SELECT ?1, endpoint_id, ?3, ?4, 0
    FROM endpoint_counter
   WHERE endpoint_id = ?2)";

constexpr const char* kFinishTest = R"(
  UPDATE delivery
     SET finished_at = ?4, attempts = 1,
         started_at = ?5, duration = ?6, status = ?7, error = ?8, answer = ?9,
         answer_headers = nullif(?10, '')
   WHERE event_id = ?1 AND endpoint_id = ?2 AND state = ?3)";

}  // namespace

Result<Event> TestDeliveries::begin_test(EndpointId endpoint, std::string_view type,
                                         std::string_view data, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::crash));
  const NewEvent event{
      .type = std::string(type), .data = std::string(data), .queue = {}, .missed = {}};
  THIG_TRY_ASSIGN(ids, record_events(connection_, {&event, 1}, now));
  const EventId id = ids.front();
  THIG_TRY(connection_.query(kInsertTest).run(id, endpoint, DeliveryState::test, now));
  if (connection_.changes() == 0) return no_webhook(to_text(endpoint));
  THIG_TRY(transaction.commit());
  return event_as_recorded(id, event, now);
}

// A webhook that was removed meanwhile has taken its tests with it.
Status TestDeliveries::finish_test(DeliveryId id, const Attempt& attempt, Time now) {
  THIG_TRY_ASSIGN(transaction, Transaction::write(connection_, Durability::crash));
  THIG_TRY(connection_.query(kFinishTest)
               .run(id.event, id.endpoint, DeliveryState::test, now, attempt.started_at,
                    attempt.duration, attempt.status, attempt.error, attempt.answer,
                    attempt.answer_headers));
  return transaction.commit();
}

}  // namespace thig::sqlite

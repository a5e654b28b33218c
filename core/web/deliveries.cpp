#include "core/api/delivery_query.h"
#include "core/api/delivery_view.h"
#include "core/api/recovery_flow.h"
#include "core/api/recovery_view.h"
#include "core/documents/json_members.h"
#include "core/web/api_wording.h"
#include "core/web/bodies.h"
#include "core/web/handlers.h"
#include "core/web/operations.h"
#include "core/web/problem.h"

#include <utility>

namespace thig::web {
namespace {

// Who asks over HTTP waits for no more than this; what is left is told, and asked for again.
constexpr Millis longest_recovery{2'000};

// Answers no after the time that one request may take.
Recovery::Watch for_a_while(const Clock& clock) {
  const Millis end = clock.now().steady + longest_recovery;
  return [&clock, end](std::int64_t) { return clock.now().steady < end; };
}

}  // namespace

Result<HttpResponse> list_deliveries(Call& call) {
  const Query& query = call.query;
  THIG_TRY_ASSIGN(limit, query.number("limit", 1, most_rows, usual_rows));
  const DeliveryQuery asked{.webhook = query.find("webhook"),
                            .event = query.find("event"),
                            .states = query.list("state"),
                            .type = query.find("type").value_or(""),
                            .outcomes = query.list("status"),
                            .since = query.find("since"),
                            .until = query.find("until"),
                            .before = query.find("after"),
                            .limit = limit};
  THIG_TRY_ASSIGN(filter, read_query(call.store, asked, call.now(), api_wording()));
  THIG_TRY_ASSIGN(found, find_deliveries(call.store.history(), std::move(filter)));
  const auto next = found.next();
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("deliveries").raw(deliveries_document(found.deliveries));
    write_text_or_null(json, "next", next ? to_text(*next) : "");
    write_text_or_null(json, "searchedTo", found.searched_to ? to_text(*found.searched_to) : "");
  }));
}

Result<HttpResponse> show_delivery(Call& call) {
  THIG_TRY_ASSIGN(id, read_delivery_id(call.path.front()));
  THIG_TRY_ASSIGN(story, read_story(call.store, id, call.now()));
  return document_answer(delivery_document(story, api_wording()));
}

Result<HttpResponse> retry_delivery(Call& call) {
  THIG_TRY_ASSIGN(id, read_delivery_id(call.path.front()));
  Recovery recovery = recovery_for(call);
  THIG_TRY_ASSIGN(report, retry_deliveries(call.store, recovery, {&id, 1}));
  return document_answer(retried_document(report), 202);
}

Result<HttpResponse> cancel_delivery(Call& call) {
  THIG_TRY_ASSIGN(id, read_delivery_id(call.path.front()));
  THIG_TRY_ASSIGN(cancelled, recovery_for(call).cancel({&id, 1}));
  return document_answer(cancelled_document(cancelled));
}

// What could not be done in the time that a request may take is told as an error that says to ask
// again: what has been queued by then is not queued twice.
Result<HttpResponse> recover_webhook(Call& call) {
  THIG_TRY_ASSIGN(asked, read_recovery(call.request.body));
  const RecoveryQuery query{.webhook = call.path.front(),
                            .since = asked.since,
                            .until = asked.until,
                            .states = asked.states,
                            .backfill = asked.backfill};
  THIG_TRY_ASSIGN(choice, read_query(query, call.now(), api_wording()));
  THIG_TRY_ASSIGN(shares, choose_shares(call.store, query.webhook, choice));
  Recovery recovery = recovery_for(call);
  const Recovery::Watch watch = for_a_while(call.clock);
  if (asked.dry_run) {
    THIG_TRY(count_ended(recovery, shares, watch));
    if (asked.backfill) THIG_TRY(count_unsent(call.store, recovery, shares.front(), watch));
    return document_answer(recovery_preview_document(shares, asked.rate));
  }
  auto done =
      asked.backfill ? record_unsent(call.store, recovery, shares.front(), watch) : Status();
  if (done) done = recover(recovery, shares, asked.rate, watch);
  if (!done && done.error().code == ErrorCode::interrupted) {
    done.error().hint = "repeat the request to continue with the rest";
  }
  THIG_TRY(done);
  return document_answer(recovery_document(shares), 202);
}

}  // namespace thig::web

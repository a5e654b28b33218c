#include "core/api/delivery_query.h"
#include "core/api/delivery_view.h"
#include "core/api/emission.h"
#include "core/api/emission_view.h"
#include "core/api/setup_view.h"
#include "core/dispatch/batch.h"
#include "core/documents/json_members.h"
#include "core/web/api_wording.h"
#include "core/web/handlers.h"
#include "core/web/problem.h"

#include <fmt/format.h>

namespace thig::web {

Result<HttpResponse> emit_one(Call& call) {
  THIG_TRY_ASSIGN(draft, parse_batch_line(call.request.body));
  THIG_TRY_ASSIGN(emitted, emit_event(call.store, call.emitters.of(call.caller.actor), draft));
  return document_answer(emission_document(emitted), 202);
}

// A line for each line that holds an event: what it came to. What was not recorded is told there,
// too, so that whoever sent it knows which lines to send again.
Result<HttpResponse> emit_many(Call& call) {
  std::string lines;
  BatchIntake intake(call.emitters.of(call.caller.actor), false, [&](const LineResult& result) {
    lines += batch_line_document(result, api_wording()) + "\n";
  });
  std::string_view rest = call.request.body;
  Status done;
  while (done && !rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    done = intake.add(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (done) done = intake.finish();
  if (!done && intake.accepted() == 0) return std::unexpected(std::move(done).error());
  HttpResponse answer = document_answer(std::move(lines), 202);
  answer.headers.front().value = "application/x-ndjson";
  return answer;
}

Result<HttpResponse> explain_event(Call& call) {
  const auto id = parse_event_id(call.path.front());
  if (!id) return fail(ErrorCode::not_found, "there is no such event", "their ids start with evt_");
  THIG_TRY_ASSIGN(event, call.store.history().event(*id));
  THIG_TRY_ASSIGN(told, tell_receptions(call.store, event, call.now()));
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("id").text(to_text(event.id)).key("event").text(event.type);
    write_time(json, "timestamp", time_of(event.id));
    json.key("body").text(event.body).key("webhooks");
    json.raw(receptions_document(told, api_wording()));
  }));
}

Result<HttpResponse> list_event_types(Call& call) {
  THIG_TRY_ASSIGN(types, known_event_types(call.store.config()));
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("eventTypes").raw(event_types_document(types));
    json.key("total").number(static_cast<std::int64_t>(types.size()));
  }));
}

}  // namespace thig::web

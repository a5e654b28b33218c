#include "core/api/delivery_query.h"
#include "core/api/delivery_view.h"
#include "core/api/emission.h"
#include "core/api/emission_view.h"
#include "core/api/setup_view.h"
#include "core/base/codec.h"
#include "core/dispatch/batch.h"
#include "core/documents/json_members.h"
#include "core/web/api_wording.h"
#include "core/web/handlers.h"
#include "core/web/problem.h"

#include <fmt/format.h>

namespace thig::web {

namespace {

// One request may keep the others waiting for so long.
constexpr Millis longest_batch{5'000};

// Without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// What a line came to, in the API's words.
std::string answered_line(const LineResult& result) {
  if (result.receipt) return batch_line_document(result, api_wording()) + "\n";
  const LineResult told{.line = result.line,
                        .receipt = std::unexpected(for_others(result.receipt.error()))};
  return batch_line_document(told, api_wording()) + "\n";
}

// What one request asks for. The key may stand in the header or, as in a batch, in the body.
Result<EventDraft> draft_of(const HttpRequest& request) {
  THIG_TRY_ASSIGN(draft, parse_batch_line(request.body));
  const std::string_view key = request.header("idempotency-key");
  if (key.empty()) return draft;
  if (draft.idempotency_key && *draft.idempotency_key != key) {
    return said_of<EventDraft>(
        "id", fail(ErrorCode::invalid, "the header Idempotency-Key and the id in the body differ"));
  }
  draft.idempotency_key = std::string(key);
  return draft;
}

HttpResponse receipt_answer(const EmittedEvent& emitted) {
  HttpResponse answer = document_answer(emission_document(emitted), 202);
  if (emitted.receipt.duplicate) answer.headers.push_back({"idempotent-replayed", "true"});
  return answer;
}

// Of calls by one actor.
void emit_for(std::span<Call*> calls, std::span<Result<HttpResponse>*> answers) {
  std::vector<EventDraft> drafts;
  std::vector<Result<HttpResponse>*> places;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    auto draft = draft_of(calls[i]->request);
    if (draft) {
      drafts.push_back(std::move(*draft));
      places.push_back(answers[i]);
    } else {
      *answers[i] = std::unexpected(std::move(draft).error());
    }
  }
  Call& first = *calls.front();
  auto emitted = emit_events(first.store, first.emitters.of(first.caller.actor), drafts);
  for (std::size_t i = 0; i < emitted.size(); ++i) {
    if (emitted[i]) {
      *places[i] = receipt_answer(*emitted[i]);
    } else {
      *places[i] = std::unexpected(std::move(emitted[i]).error());
    }
  }
}

}  // namespace

// One commit for all that came while the last one was made.
std::vector<Result<HttpResponse>> emit_together(std::span<Call> calls) {
  std::vector<Result<HttpResponse>> answers(calls.size());
  std::vector<bool> done(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (done[i]) continue;
    std::vector<Call*> same;
    std::vector<Result<HttpResponse>*> places;
    for (std::size_t j = i; j < calls.size(); ++j) {
      if (done[j] || !(calls[j].caller.actor == calls[i].caller.actor)) continue;
      done[j] = true;
      same.push_back(&calls[j]);
      places.push_back(&answers[j]);
    }
    emit_for(same, places);
  }
  return answers;
}

// A line for each line that holds an event: what it came to. What was not recorded is told there,
// too, so that whoever sent it knows which lines to send again.
Result<HttpResponse> emit_many(Call& call) {
  std::string lines;
  BatchIntake intake(call.emitters.of(call.caller.actor), false,
                     [&](const LineResult& result) { lines += answered_line(result); });
  const Millis end = call.clock.now().steady + longest_batch;
  std::string_view rest = call.request.body;
  std::size_t number = 0;
  Status done;
  while (done && !rest.empty()) {
    if (call.clock.now().steady >= end) {
      done = fail(ErrorCode::busy, "the batch takes too long",
                  "resend the lines that have this error");
      break;
    }
    done = intake.add(take_line(rest));
    ++number;
  }
  const Status finished = done || done.error().code == ErrorCode::busy ? intake.finish() : done;
  if (done) done = finished;
  if (!done && intake.accepted() + intake.duplicates() == 0) {
    return std::unexpected(std::move(done).error());
  }
  while (!rest.empty()) {
    ++number;
    if (trimmed(take_line(rest)).empty()) continue;
    lines += answered_line({.line = number, .receipt = std::unexpected(done.error())});
  }
  HttpResponse answer = document_answer(std::move(lines), 202);
  answer.headers.front().value = "application/x-ndjson";
  return answer;
}

Result<HttpResponse> explain_event(Call& call) {
  const auto id = parse_event_id(call.path.front());
  if (!id) return fail(ErrorCode::not_found, "there is no such event", "event ids start with evt_");
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

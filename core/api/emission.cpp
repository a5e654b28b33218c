#include "core/api/emission.h"

#include "core/documents/json_members.h"
#include "core/rules/filter.h"

#include <algorithm>
#include <utility>

namespace thig {
namespace {

// Nothing here is worth failing for: the event is recorded.
std::vector<std::string> names_of_disabled(Store& store, const std::string& type) {
  std::vector<std::string> names;
  const auto endpoints = store.config().endpoints();
  if (!endpoints) return names;
  for (const Endpoint& endpoint : *endpoints) {
    if (endpoint.state == EndpointState::disabled && subscribes(endpoint.events, type)) {
      names.push_back(endpoint.name);
    }
  }
  return names;
}

// As they are routed, by id.
bool is_among(const std::vector<EndpointId>& ids, EndpointId id) {
  return std::ranges::binary_search(ids, id);
}

// The body before its id and time are known.
std::string body_outline(const NewEvent& event) {
  return object_document([&](JsonWriter& json) {
    json.key("id").text("evt_…").key("event").text(event.type);
    json.key("timestamp").text("…").key("data").raw(event.data);
  });
}

}  // namespace

Result<EmittedEvent> emit_event(Store& store, Emitter& emitter, const EventDraft& draft) {
  THIG_TRY_ASSIGN(receipts, emitter.emit({&draft, 1}));
  EmittedEvent emitted{.receipt = std::move(receipts.front())};
  if (emitted.receipt.missed > 0) emitted.missed_by = names_of_disabled(store, draft.type);
  return emitted;
}

Result<EventPreview> preview_event(Store& store, Emitter& emitter, const EventDraft& draft,
                                   Time now) {
  THIG_TRY_ASSIGN(event, emitter.preview(draft));
  THIG_TRY_ASSIGN(endpoints, store.config().endpoints());
  EventPreview preview{.type = event.type, .data = event.data};
  for (Endpoint& endpoint : endpoints) {
    const bool queued = is_among(event.queue, endpoint.id);
    if (!queued && !is_among(event.missed, endpoint.id)) continue;
    preview.recipients.push_back({.endpoint = std::move(endpoint), .missed = !queued});
  }
  preview.body_outline = body_outline(event);
  preview.body_bytes = event_body(EventId{}, event.type, now, event.data).size();
  return preview;
}

}  // namespace thig

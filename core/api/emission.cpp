#include "core/api/emission.h"

#include "core/base/json.h"
#include "core/dispatch/router.h"
#include "core/documents/json_members.h"
#include "core/rules/event_conditions.h"
#include "core/rules/filter.h"
#include "core/rules/request_values.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

// By name. Nothing here is worth failing for: the event is recorded.
std::vector<std::string> names_of(Store& store, std::span<const EndpointId> ids) {
  std::vector<std::string> names;
  const auto endpoints = store.config().endpoint_summaries(ids);
  if (!endpoints) return names;
  for (const EndpointSummary& endpoint : *endpoints) names.push_back(endpoint.name);
  std::ranges::sort(names);
  return names;
}

// The body before its id and time are known.
std::string body_outline(const NewEvent& event) {
  return object_document([&](JsonWriter& json) {
    json.key("id").text("evt_…").key("event").text(event.type);
    json.key("timestamp").text("…").key("data").raw(event.data);
  });
}

// Whoever would get an event of the type, but not this one.
Result<std::vector<EventPreview::Unmet>> find_unmet(ConfigStore& config, std::string_view type,
                                                    std::string_view body) {
  std::vector<EventPreview::Unmet> found;
  THIG_TRY_ASSIGN(endpoints, config.endpoints());
  for (Endpoint& endpoint : endpoints) {
    if (!subscribes(endpoint.events, type)) continue;
    const Condition* unmet = first_unmet(endpoint.conditions, body);
    if (unmet == nullptr) continue;
    std::string condition = to_text(*unmet);
    found.push_back(
        {.endpoint = summary_of(std::move(endpoint)), .condition = std::move(condition)});
  }
  return found;
}

}  // namespace

Result<EmittedEvent> emit_event(Store& store, Emitter& emitter, const EventDraft& draft) {
  THIG_TRY_ASSIGN(receipts, emitter.emit({&draft, 1}));
  EmittedEvent emitted{.receipt = std::move(receipts.front())};
  emitted.missed_by = names_of(store, emitted.receipt.missed);
  return emitted;
}

std::vector<Result<EmittedEvent>> emit_events(Store& store, Emitter& emitter,
                                              std::span<const EventDraft> drafts) {
  std::vector<Result<EmittedEvent>> answers(drafts.size());
  std::vector<EventDraft> sound;
  std::vector<std::size_t> places;  // of those, among the answers
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (Status fit = emitter.check(drafts[i]); !fit) {
      answers[i] = std::unexpected(std::move(fit).error());
    } else {
      sound.push_back(drafts[i]);
      places.push_back(i);
    }
  }
  for (std::size_t done = 0; done < sound.size();) {
    auto part = emitter.record(std::span(sound).subspan(done), Portion::first);
    if (!part) {
      for (; done < sound.size(); ++done) answers[places[done]] = std::unexpected(part.error());
      break;
    }
    for (Result<Receipt>& receipt : *part) {
      Result<EmittedEvent>& answer = answers[places[done++]];
      if (!receipt) {
        answer = std::unexpected(std::move(receipt).error());
        continue;
      }
      answer = EmittedEvent{.receipt = std::move(*receipt)};
      answer->missed_by = names_of(store, answer->receipt.missed);
    }
  }
  return answers;
}

Result<EventPreview> preview_event(Store& store, Emitter& emitter, const EventDraft& draft,
                                   Time now) {
  THIG_TRY_ASSIGN(event, emitter.preview(draft));
  EventPreview preview{.type = event.type, .data = event.data};
  for (const bool missed : {false, true}) {
    THIG_TRY_ASSIGN(endpoints,
                    store.config().endpoint_summaries(missed ? event.missed : event.queue));
    for (EndpointSummary& endpoint : endpoints) {
      preview.recipients.push_back({.endpoint = std::move(endpoint), .missed = missed});
    }
  }
  std::ranges::sort(preview.recipients, {}, [](const auto& one) { return one.endpoint.name; });
  preview.body_outline = body_outline(event);
  const std::string body = event_body(EventId{}, event.type, now, event.data);
  preview.body_bytes = body.size();
  THIG_TRY_ASSIGN(unmet, find_unmet(store.config(), event.type, body));
  preview.unmet = std::move(unmet);
  return preview;
}

std::optional<std::string> marked_as_sample(const std::string& data) {
  if (!check_json(data) || json_kind(data) != JsonKind::object) return std::nullopt;
  if (json_find(data, "sample")) return std::nullopt;
  const std::string_view comma = json_members(data).empty() ? "" : ",";
  return fmt::format("{}{}\"sample\":true}}", data.substr(0, data.rfind('}')), comma);
}

Result<std::string> sample_of(Store& store, const std::string& type) {
  THIG_TRY_ASSIGN(types, known_event_types(store.config()));
  const auto found = std::ranges::find(types, type, &EventType::name);
  if (found != types.end()) return std::move(found->sample);
  return std::unexpected(unknown_event_type(type, types));
}

}  // namespace thig

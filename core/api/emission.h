// Emitting events, and what is told of them.
#pragma once

#include "core/base/error.h"
#include "core/dispatch/emitter.h"
#include "core/store/store.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thig {

struct EmittedEvent {
  Receipt receipt;
  // The disabled webhooks that would have got it, by name; none where they cannot be told.
  std::vector<std::string> missed_by{};
};
// Errors as of Emitter::emit.
Result<EmittedEvent> emit_event(Store& store, Emitter& emitter, const EventDraft& draft);

// Many at once, recorded together as far as transactions take them; each has an answer of its own,
// in their order. What the store refuses is the error of all that were not recorded by then.
std::vector<Result<EmittedEvent>> emit_events(Store& store, Emitter& emitter,
                                              std::span<const EventDraft> drafts);

// Data of a sample, marked as one for receivers: with `"sample":true` as its last member. Nothing
// if it is not an object, or has such a member already.
std::optional<std::string> marked_as_sample(const std::string& data);
// The sample of an event type that is known, as it is registered; `not_found` with the nearest.
Result<std::string> sample_of(Store& store, const std::string& type);

// An event that is not recorded: who would get it, and what.
struct EventPreview {
  struct Recipient {
    EndpointSummary endpoint;
    bool missed = false;  // it is disabled
  };
  // That subscribes to the type, and does not get the event.
  struct Unmet {
    EndpointSummary endpoint;
    std::string condition;  // the first that does not hold
  };
  std::string type;
  std::string data;
  std::vector<Recipient> recipients{};  // by name
  std::vector<Unmet> unmet{};           // by name
  std::string body_outline{};           // … stands for what only a recorded event has
  std::size_t body_bytes = 0;
};
// Errors as of Emitter::preview.
Result<EventPreview> preview_event(Store& store, Emitter& emitter, const EventDraft& draft,
                                   Time now);

}  // namespace thig

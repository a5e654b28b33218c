#include "core/dispatch/emitter.h"

#include "core/base/json.h"
#include "core/model/event_catalog.h"
#include "core/rules/access.h"

#include <fmt/format.h>

namespace thig {
namespace {

// A configuration that changes faster than this many reloads is not a race any more.
constexpr int conflict_retries = 20;
// How often what may have been recorded is given again; each time the store tries for seconds.
constexpr int resends = 3;

bool is_unavailable(const Result<std::vector<EventId>>& ids) {
  return !ids && ids.error().code == ErrorCode::unavailable;
}

}  // namespace

Status check_data_size(std::string_view type, std::string_view data) {
  if (data.size() <= max_event_data) return {};
  return fail(ErrorCode::invalid,
              fmt::format("the data of '{}' has {} bytes; at most {} (1 MiB) can be sent", type,
                          data.size(), max_event_data),
              "send a link to the large part instead");
}

Status check_event_data(std::string_view type, std::string_view data) {
  THIG_TRY(check_data_size(type, data));
  if (auto valid = check_json(data, {.bytes = max_event_data}); !valid) {
    return fail(ErrorCode::invalid, fmt::format("the data of '{}': {}", type, valid.error().text),
                "data is one JSON value in UTF-8, for example '{\"projectId\":\"proj_123\"}'");
  }
  return {};
}

Emitter::Emitter(ConfigStore& config, IntakeStore& intake, const Clock& clock, Member actor)
    : config_(config), intake_(intake), clock_(clock), actor_(std::move(actor)) {}

Status Emitter::check_allowed() const {
  return check_access(actor_, Action::emit);
}

Status Emitter::check_type(std::string_view type) {
  THIG_TRY(check_allowed());
  if (is_operational_event(type)) THIG_TRY(check_access(actor_, Action::emit_operational));
  if (router_.version() < 0) THIG_TRY(refresh());
  if (router_.find_type(type)) return {};
  // It may have been added since we looked.
  THIG_TRY(refresh());
  if (router_.find_type(type)) return {};
  return std::unexpected(unknown_event_type(type, router_.event_types()));
}

Result<NewEvent> Emitter::preview(const EventDraft& draft) {
  THIG_TRY(refresh());
  THIG_TRY(check_type(draft.type));
  THIG_TRY(check_event_data(draft.type, draft.data));
  return router_.route(draft.type, draft.data);
}

Result<std::vector<Receipt>> Emitter::emit(std::span<const EventDraft> drafts) {
  for (const EventDraft& draft : drafts) {
    THIG_TRY(check_type(draft.type));
    THIG_TRY(check_event_data(draft.type, draft.data));
  }
  return record(drafts, Portion::all);
}

Result<std::vector<Receipt>> Emitter::record(std::span<const EventDraft> drafts, Portion portion) {
  if (router_.version() < 0) THIG_TRY(refresh());
  for (int attempt = 0;; ++attempt) {
    THIG_TRY_ASSIGN(events, route(drafts, portion));
    const Time now = clock_.now().wall;
    auto ids = intake_.accept(events, now, router_.version(), portion);
    for (int times = 0; times < resends && is_unavailable(ids); ++times) {
      ids = intake_.accept(events, now, router_.version(), portion, Given::again);
    }
    if (!ids) {
      if (ids.error().code != ErrorCode::conflict || attempt == conflict_retries) {
        return std::unexpected(std::move(ids).error());
      }
      THIG_TRY(refresh());
      continue;
    }
    std::vector<Receipt> receipts;
    receipts.reserve(ids->size());
    for (std::size_t i = 0; i < ids->size(); ++i) {
      receipts.push_back({.id = (*ids)[i],
                          .type = std::move(events[i].type),
                          .at = now,
                          .queued = events[i].queue.size(),
                          .missed = std::move(events[i].missed)});
    }
    return receipts;
  }
}

Status Emitter::refresh() {
  THIG_TRY_ASSIGN(router, Router::load(config_));
  router_ = std::move(router);
  return {};
}

// Of the first no more than a transaction takes: with many webhooks routing costs as much as
// recording, and the rest would be routed again.
Result<std::vector<NewEvent>> Emitter::route(std::span<const EventDraft> drafts, Portion portion) {
  std::vector<NewEvent> events;
  std::size_t rows = 0;
  for (const EventDraft& draft : drafts) {
    if (portion == Portion::first && rows >= most_rows_at_once) break;
    THIG_TRY_ASSIGN(event, router_.route(draft.type, draft.data));
    rows += event.rows();
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace thig

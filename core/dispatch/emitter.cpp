#include "core/dispatch/emitter.h"

#include "core/base/json.h"
#include "core/model/event_catalog.h"
#include "core/rules/access.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

// A configuration that changes faster than this many reloads is not a race any more.
constexpr int conflict_retries = 20;
// How often what may have been recorded is given again; each time the store tries for seconds.
constexpr int resends = 3;

bool is_unavailable(const Result<std::vector<Acceptance>>& accepted) {
  return !accepted && accepted.error().code == ErrorCode::unavailable;
}

std::unexpected<Error> mismatch(const NewEvent& event, const Acceptance& acceptance) {
  const std::string first =
      acceptance.id == EventId{} ? "another event of the same call" : to_text(acceptance.id);
  return fail(
      ErrorCode::idempotency_mismatch,
      fmt::format("the idempotency key '{}' belongs to {}, whose type or data is different; "
                  "this event was not recorded",
                  event.idempotency->key, first),
      "use a new key for a new event; with the same key give the same type and data, byte "
      "for byte");
}

Result<Receipt> receipt_of(NewEvent& event, Acceptance& acceptance, Time now) {
  switch (acceptance.kind) {
    case Acceptance::Kind::mismatch:
      return mismatch(event, acceptance);
    case Acceptance::Kind::left_out:
      return fail(ErrorCode::conflict,
                  "not recorded, because the idempotency key of another event was already used "
                  "with different "
                  "content");
    case Acceptance::Kind::duplicate:
      return Receipt{.id = acceptance.id,
                     .type = std::move(event.type),
                     .at = acceptance.at,
                     .queued = acceptance.queued,
                     .missed = std::move(acceptance.missed),
                     .duplicate = true};
    case Acceptance::Kind::recorded:
      break;
  }
  return Receipt{.id = acceptance.id,
                 .type = std::move(event.type),
                 .at = now,
                 .queued = event.queue.size(),
                 .missed = std::move(event.missed),
                 .unmet = event.unmet};
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
                "data must be one JSON value in UTF-8, for example '{\"projectId\":\"proj_123\"}'");
  }
  return {};
}

Status check_idempotency_key(std::string_view key) {
  const bool printable =
      std::ranges::all_of(key, [](char one) { return one >= 0x20 && one <= 0x7e; });
  if (printable && key.size() <= longest_idempotency_key &&
      key.find_first_not_of(' ') != key.npos) {
    return {};
  }
  return fail(ErrorCode::invalid,
              fmt::format("an idempotency key must be 1 to {} printable ASCII characters, and not "
                          "only spaces",
                          longest_idempotency_key),
              "use your own id of the event, for example order-1234-paid");
}

Emitter::Emitter(ConfigStore& config, IntakeStore& intake, const Clock& clock, Member actor,
                 std::optional<std::uint64_t> most_keys)
    : config_(config),
      intake_(intake),
      clock_(clock),
      actor_(std::move(actor)),
      most_keys_(most_keys) {}

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
  return said_of("event", Status(std::unexpected(unknown_event_type(type, router_.event_types()))));
}

Status Emitter::check(const EventDraft& draft) {
  THIG_TRY(check_type(draft.type));
  THIG_TRY(said_of("data", check_event_data(draft.type, draft.data)));
  return draft.idempotency_key ? check_idempotency_key(*draft.idempotency_key) : Status();
}

Result<NewEvent> Emitter::preview(const EventDraft& draft) {
  THIG_TRY(refresh());
  THIG_TRY(check(draft));
  return router_.route(draft.type, draft.data);
}

Result<std::vector<Receipt>> Emitter::emit(std::span<const EventDraft> drafts) {
  for (const EventDraft& draft : drafts) THIG_TRY(check(draft));
  THIG_TRY_ASSIGN(results, record(drafts, Portion::all));
  std::vector<Receipt> receipts;
  receipts.reserve(results.size());
  for (Result<Receipt>& result : results) {
    if (result) {
      receipts.push_back(std::move(*result));
    } else if (result.error().code == ErrorCode::idempotency_mismatch) {
      return std::unexpected(std::move(result).error());
    }
  }
  return receipts;
}

Result<std::vector<Result<Receipt>>> Emitter::record(std::span<const EventDraft> drafts,
                                                     Portion portion) {
  if (router_.version() < 0) THIG_TRY(refresh());
  for (int attempt = 0;; ++attempt) {
    THIG_TRY_ASSIGN(events, route(drafts, portion));
    const Time now = clock_.now().wall;
    auto accepted = intake_.accept(events, now, router_.version(), portion);
    for (int times = 0; times < resends && is_unavailable(accepted); ++times) {
      accepted = intake_.accept(events, now, router_.version(), portion, Given::again);
    }
    if (!accepted) {
      if (accepted.error().code != ErrorCode::conflict || attempt == conflict_retries) {
        return std::unexpected(std::move(accepted).error());
      }
      THIG_TRY(refresh());
      continue;
    }
    std::vector<Result<Receipt>> receipts;
    receipts.reserve(accepted->size());
    for (std::size_t i = 0; i < accepted->size(); ++i) {
      receipts.push_back(receipt_of(events[i], (*accepted)[i], now));
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
    if (draft.idempotency_key) {
      event.idempotency = {.key = *draft.idempotency_key,
                           .content = content_hash(draft.type, draft.data),
                           .most_kept = most_keys_};
    }
    rows += event.rows();
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace thig

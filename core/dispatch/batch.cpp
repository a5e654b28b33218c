#include "core/dispatch/batch.h"

#include "core/base/codec.h"
#include "core/base/json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

// A group is one fsync where few webhooks get its events: large enough that the fsync does not
// count.
constexpr std::size_t group_lines = 1000;
constexpr std::size_t group_bytes = 4u << 20;
// All lines of an atomic batch are in memory, and in one transaction.
constexpr std::size_t atomic_bytes = 256u << 20;
// An envelope around the data costs a line some bytes more than the data itself may have.
constexpr std::size_t line_bytes = max_event_data + 4096;

constexpr std::string_view line_example =
    R"(write each line like {"event":"project.created","data":{"projectId":"proj_123"}})";

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Said of a member.
std::unexpected<Error> wrong_member(std::string_view name, std::string text) {
  return std::unexpected(Error{.code = ErrorCode::invalid,
                               .text = std::move(text),
                               .hint = line_example,
                               .field = std::string(name)});
}

Result<std::string> text_member(std::string_view name, std::string_view value) {
  auto text = json_text(value);
  if (text) return std::move(*text);
  return wrong_member(name, fmt::format("`{}` must be a string", name));
}

}  // namespace

Result<EventDraft> parse_batch_line(std::string_view line) {
  if (auto valid = check_json(line, {.bytes = line_bytes}); !valid) {
    return fail(ErrorCode::invalid, valid.error().text, std::string(line_example));
  }
  if (json_kind(line) != JsonKind::object) {
    return fail(ErrorCode::invalid, "not a JSON object", std::string(line_example));
  }
  std::optional<std::string_view> type, data, id;
  for (const JsonMember& member : json_members(line)) {
    std::optional<std::string_view>* known = member.name == "event"  ? &type
                                             : member.name == "data" ? &data
                                             : member.name == "id"   ? &id
                                                                     : nullptr;
    if (known == nullptr) {
      return wrong_member(printable(member.name), fmt::format("unknown member `{}`", member.name));
    }
    // Two readers could read the line in two ways.
    if (std::exchange(*known, member.value)) {
      return wrong_member(member.name, fmt::format("duplicate member `{}`", member.name));
    }
  }
  if (!type) return wrong_member("event", "`event` is missing");
  EventDraft draft{.type = {}, .data = std::string(data.value_or("{}"))};
  THIG_TRY_ASSIGN(name, text_member("event", *type));
  draft.type = std::move(name);
  if (draft.type.empty()) return wrong_member("event", "`event` is missing");
  if (id) {
    THIG_TRY_ASSIGN(key, text_member("id", *id));
    THIG_TRY(said_of("id", check_idempotency_key(key)));
    draft.idempotency_key = std::move(key);
  }
  // The line as a whole is valid, so its data is; only the size is left to be checked.
  THIG_TRY(said_of("data", check_data_size(draft.type, draft.data)));
  return draft;
}

BatchIntake::BatchIntake(Emitter& emitter, bool atomic,
                         std::function<void(const LineResult&)> report)
    : emitter_(emitter), atomic_(atomic), report_(std::move(report)) {}

Status BatchIntake::add(std::string_view line) {
  THIG_TRY(emitter_.check_allowed());
  ++line_;
  if (is_blank(line)) return {};
  Result<EventDraft> draft = parse_batch_line(line);
  if (draft) {
    if (auto known = emitter_.check_type(draft->type); !known) {
      draft = std::unexpected(std::move(known).error());
    }
  }
  if (draft) bytes_ += draft->data.size();
  pending_.push_back({.line = line_, .draft = std::move(draft)});

  if (!atomic_) {
    return pending_.size() >= group_lines || bytes_ >= group_bytes ? commit() : Status{};
  }
  if (bytes_ <= atomic_bytes) return {};
  Error error{ErrorCode::invalid,
              fmt::format("an atomic batch can have at most {} MiB of data", atomic_bytes >> 20),
              {"split it, or leave out ", Setting{"atomic"}}};
  report_failure(error);
  return std::unexpected(std::move(error));
}

Status BatchIntake::pause() {
  return atomic_ ? Status{} : commit();
}

Status BatchIntake::finish() {
  if (!atomic_) return commit();
  const bool sound =
      std::ranges::all_of(pending_, [](const Pending& line) { return line.draft.has_value(); });
  return sound ? commit() : refuse_broken();
}

// One line that cannot be emitted keeps all from it.
Status BatchIntake::refuse_broken() {
  const auto broken =
      std::ranges::count_if(pending_, [](const Pending& line) { return !line.draft.has_value(); });
  Error error{ErrorCode::invalid,
              fmt::format("{} of {} lines cannot be emitted, so nothing was recorded", broken,
                          pending_.size()),
              {"fix them, or leave out ", Setting{"atomic"}, " to emit the others"}};
  report_failure(error);
  return std::unexpected(std::move(error));
}

// Of an atomic batch, where every line is an event.
Status BatchIntake::refuse_mismatches(std::span<Result<Receipt>> results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] || results[i].error().code != ErrorCode::idempotency_mismatch) continue;
    pending_[i].draft = std::unexpected(std::move(results[i]).error());
  }
  return refuse_broken();
}

Status BatchIntake::commit() {
  std::vector<EventDraft> drafts;
  drafts.reserve(pending_.size());
  for (Pending& line : pending_) {
    if (line.draft) drafts.push_back(std::move(*line.draft));
  }
  const Portion portion = atomic_ ? Portion::all : Portion::first;
  for (std::size_t done = 0; done < drafts.size();) {
    auto emitted = emitter_.record(std::span(drafts).subspan(done), portion);
    if (!emitted) {
      report_failure(emitted.error());
      return std::unexpected(std::move(emitted).error());
    }
    const bool all = std::ranges::all_of(*emitted, &Result<Receipt>::has_value);
    if (atomic_ && !all) return refuse_mismatches(*emitted);
    done += emitted->size();
    report(*emitted);
  }
  report({});
  bytes_ = 0;
  return {};
}

// The lines up to the last of these, and what is broken after it.
void BatchIntake::report(std::span<Result<Receipt>> results) {
  std::size_t next = 0;
  while (!pending_.empty()) {
    Pending& line = pending_.front();
    if (line.draft && next == results.size()) return;
    const LineResult result{.line = line.line,
                            .receipt = line.draft ? std::move(results[next++])
                                                  : std::unexpected(std::move(line.draft).error())};
    ++(!result.receipt ? rejected_ : result.receipt->duplicate ? duplicates_ : accepted_);
    report_(result);
    pending_.pop_front();
  }
}

// None of the lines that are left was recorded: the broken ones for their own reason, the rest for
// this.
void BatchIntake::report_failure(const Error& error) {
  for (const Pending& line : pending_) {
    const Error& own = line.draft ? error : line.draft.error();
    report_({.line = line.line, .receipt = std::unexpected(own)});
    ++rejected_;
  }
  pending_.clear();
  bytes_ = 0;
}

}  // namespace thig

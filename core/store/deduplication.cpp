#include "core/store/deduplication.h"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace thig {
namespace {

using Kind = Acceptance::Kind;

Kind kind_of(const NewEvent& event, std::string_view first_content) {
  return event.idempotency->content == first_content ? Kind::duplicate : Kind::mismatch;
}

}  // namespace

Deduplication::Fate Deduplication::fate_of(const NewEvent& event, KeptKey kept) {
  if (kind_of(event, kept.content) == Kind::mismatch) {
    return {.known = {.kind = Kind::mismatch, .id = kept.event}};
  }
  return {.known = {.kind = Kind::duplicate,
                    .id = kept.event,
                    .at = kept.at,
                    .queued = kept.queued,
                    .missed = std::move(kept.missed)}};
}

Result<Deduplication> Deduplication::of(std::span<const NewEvent> events, const Find& find) {
  Deduplication all(events);
  all.fates_.reserve(events.size());
  // Keys that become taken by these events themselves.
  std::unordered_map<std::string_view, std::size_t> taken;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const NewEvent& event = events[i];
    Fate fate{.known = {.kind = Kind::recorded, .id = {}}};
    if (event.idempotency) {
      const std::string& key = event.idempotency->key;
      if (const auto earlier = taken.find(key); earlier != taken.end()) {
        fate.known.kind = kind_of(event, events[earlier->second].idempotency->content);
        fate.first = earlier->second;
      } else {
        THIG_TRY_ASSIGN(kept, find(key));
        if (kept) {
          fate = fate_of(event, std::move(*kept));
        } else {
          taken.emplace(key, i);
        }
      }
    }
    all.all_fresh_ = all.all_fresh_ && fate.known.kind == Kind::recorded;
    if (fate.known.kind == Kind::mismatch) ++all.mismatches_;
    all.fates_.push_back(std::move(fate));
  }
  all.set_apart();
  return all;
}

// Copies: who records takes events that stand next to each other, and duplicates are rare.
void Deduplication::set_apart() {
  if (all_fresh_) return;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    if (fates_[i].known.kind == Kind::recorded) fresh_.push_back(events_[i]);
  }
}

std::vector<Acceptance> Deduplication::accepted(std::span<const EventId> ids, Time now) const {
  std::vector<Acceptance> answers;
  answers.reserve(events_.size());
  std::size_t recorded = 0;
  for (const Fate& fate : fates_) {
    Acceptance answer = fate.known;
    if (answer.kind == Kind::recorded) {
      if (recorded == ids.size()) break;
      answer.id = ids[recorded++];
    } else if (fate.first) {
      answer.id = answers[*fate.first].id;
      if (answer.kind == Kind::duplicate) {
        answer.at = now;
        answer.queued = events_[*fate.first].queue.size();
        answer.missed = events_[*fate.first].missed;
      }
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::vector<Acceptance> Deduplication::refused() const {
  std::vector<Acceptance> answers;
  answers.reserve(events_.size());
  for (const Fate& fate : fates_) {
    const bool waits_for_another = fate.first && fate.known.kind == Kind::duplicate;
    const bool left_out = fate.known.kind == Kind::recorded || waits_for_another;
    answers.push_back(left_out ? Acceptance{.kind = Kind::left_out, .id = {}} : fate.known);
  }
  return answers;
}

}  // namespace thig

#include "core/engine/eraser.h"

#include <algorithm>
#include <span>

namespace thig {
namespace {

constexpr std::size_t sample_size = 10;
// In one transaction: an event takes all its deliveries with it.
constexpr std::size_t rows_at_once = 50;

// The last of them, in the order in which they are.
template <class Id>
std::span<const Id> some_of(const std::vector<Id>& all) {
  return std::span(all).last(std::min(rows_at_once, all.size()));
}

}  // namespace

Eraser::Eraser(MaintenanceStore& store, std::vector<JsonCondition> conditions, bool dry_run)
    : store_(store), conditions_(std::move(conditions)), dry_run_(dry_run) {}

Result<bool> Eraser::step() {
  THIG_TRY(events_.empty() && requests_.empty() ? search() : erase_some());
  return more_ || !events_.empty() || !requests_.empty();
}

Status Eraser::search() {
  THIG_TRY_ASSIGN(page, store_.recorded(cursor_));
  for (const Event& event : page.events) {
    if (!meets(event.body, conditions_)) continue;
    events_.push_back(event.id);
    note(to_text(event.id));
  }
  for (const IncomingRequest& request : page.requests) {
    if (!meets(request.body, conditions_)) continue;
    requests_.push_back(request.id);
    note(to_text(request.id));
  }
  searched_ += static_cast<std::int64_t>(page.events.size() + page.requests.size());
  cursor_ = page.reached;
  more_ = page.more;
  if (!dry_run_) return {};
  counts_.events += static_cast<std::int64_t>(events_.size());
  counts_.requests += static_cast<std::int64_t>(requests_.size());
  events_.clear();
  requests_.clear();
  return {};
}

Status Eraser::erase_some() {
  const auto events = some_of(events_);
  const auto requests = events.empty() ? some_of(requests_) : std::span<const RequestId>();
  THIG_TRY_ASSIGN(erased, store_.erase(events, requests));
  counts_ += erased;
  events_.resize(events_.size() - events.size());
  requests_.resize(requests_.size() - requests.size());
  return {};
}

void Eraser::note(std::string id) {
  if (sample_.size() < sample_size) sample_.push_back(std::move(id));
}

}  // namespace thig

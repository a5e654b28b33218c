#include "core/care/eraser.h"

#include <algorithm>
#include <cstddef>

namespace thig {
namespace {

constexpr std::size_t sample_size = 10;
// Takes up to `count` away from the beginning, and from the count.
template <class Id>
void drop_first(std::vector<Id>& all, std::size_t& count) {
  const std::size_t some = std::min(count, all.size());
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(some));
  count -= some;
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
  THIG_TRY_ASSIGN(part, store_.erase(events_, requests_));
  counts_ += part.counts;
  drop_first(events_, part.looked_at);
  drop_first(requests_, part.looked_at);
  return {};
}

void Eraser::note(std::string id) {
  if (sample_.size() < sample_size) sample_.push_back(std::move(id));
}

}  // namespace thig

#include "core/model/stats.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace thig {
namespace {

using BucketTops = std::array<std::int64_t, latency_bucket_count>;

// 2^(1/4), 2^(2/4), … in whole milliseconds. The first few coincide; of equal ones only the first
// is ever used.
const BucketTops& bucket_tops() {
  static const BucketTops tops = [] {
    BucketTops made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = static_cast<std::int64_t>(std::floor(std::exp2(static_cast<double>(i + 1) / 4)));
    }
    return made;
  }();
  return tops;
}

}  // namespace

int latency_bucket(Millis duration) {
  const BucketTops& tops = bucket_tops();
  const auto bucket = std::ranges::lower_bound(tops, duration.count());
  return static_cast<int>(
      std::min<std::ptrdiff_t>(bucket - tops.begin(), latency_bucket_count - 1));
}

Millis latency_bucket_top(int bucket) {
  const int index = std::clamp(bucket, 0, latency_bucket_count - 1);
  return Millis(bucket_tops()[static_cast<std::size_t>(index)]);
}

void add_latencies(LatencyBuckets& sum, const LatencyBuckets& more) {
  if (sum.size() < more.size()) sum.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
}

std::optional<Millis> latency_percentile(const LatencyBuckets& buckets, double fraction) {
  std::int64_t total = 0;
  for (const std::int64_t count : buckets) total += count;
  if (total <= 0) return std::nullopt;

  const double share = std::clamp(fraction, 0.0, 1.0) * static_cast<double>(total);
  // The subtraction forgives products like 0.07 × 100, which come out a hair above the whole
  // number.
  const auto wanted = static_cast<std::int64_t>(std::ceil(share - 1e-9));
  const std::int64_t rank = std::clamp(wanted, std::int64_t{1}, total);
  std::int64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    seen += buckets[bucket];
    if (seen >= rank) return latency_bucket_top(static_cast<int>(bucket));
  }
  return std::nullopt;
}

FiguresById::FiguresById(std::span<EndpointStats> all) : all_(all) {
  ids_.reserve(all.size());
  for (const EndpointStats& one : all) ids_.push_back(one.id);
}

EndpointStats* FiguresById::find(EndpointId id) const {
  const auto found = std::ranges::lower_bound(ids_, id);
  if (found == ids_.end() || *found != id) return nullptr;
  return &all_[static_cast<std::size_t>(found - ids_.begin())];
}

std::optional<Millis> EndpointStats::backlog_age(Time now) const {
  if (!next_due || *next_due > now) return std::nullopt;
  return now - *next_due;
}

std::int64_t hour_of(Time time) {
  return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
}

Time begin_of_hour(std::int64_t hour) {
  return Time{std::chrono::hours(hour)};
}

std::vector<HourCount> every_hour(const std::vector<HourCount>& hours, Time since, Time now,
                                  std::size_t most) {
  const std::int64_t last = hour_of(now);
  const std::int64_t first = std::max(hour_of(since), last + 1 - static_cast<std::int64_t>(most));
  std::vector<HourCount> all;
  auto next = hours.begin();
  for (std::int64_t hour = first; hour <= last; ++hour) {
    const Time begins = begin_of_hour(hour);
    while (next != hours.end() && next->begins < begins) ++next;
    const bool there = next != hours.end() && next->begins == begins;
    all.push_back(there ? *next : HourCount{.begins = begins});
  }
  return all;
}

std::optional<double> EndpointStats::success_rate() const {
  if (attempts() == 0) return std::nullopt;
  return static_cast<double>(attempts_ok) / static_cast<double>(attempts());
}

}  // namespace thig

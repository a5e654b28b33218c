// The settings of retention, for `prune` and for what prunes by the way.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "core/care/pruner.h"
#include "core/store/config_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

struct RetentionFlags {
  Retention retention;

  void declare(Flags& flags);
  // --max-size alone.
  void declare_size(Flags& flags, std::string_view about);
  // What one kind of rows that are never deleted early may take of it; nothing: any amount.
  std::optional<std::uint64_t> share() const;
};

// Said where history is not deleted because of that (core/care/clock_watch.h).
inline constexpr std::string_view implausible_clock =
    "pruning is paused: the clock was set, or its time cannot be trusted yet; pruning starts when "
    "the clock is synchronised or has run for an hour (timedatectl)";

// "older than 30d, and the oldest while it holds more than 1GiB".
std::string describe(const Retention& retention);
// Says that what is to be deleted grows, and what can be done.
std::string falls_behind(const Retention& retention);
// What a command tells of the deleting that goes on beside its work, and notes of it in `store`.
PruningReports pruning_reports(Context& context, const Retention& retention, ConfigStore& store);
// "12 events, 30 deliveries, 3 requests".
std::string describe(const PruneCounts& counts);

}  // namespace thig

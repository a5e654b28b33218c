#include "cli/flags/retention_flags.h"

#include "cli/views/render.h"
#include "core/base/size.h"
#include "core/care/operations.h"

#include <fmt/format.h>

namespace thig {
namespace {

bool is_off(const std::string& text) {
  return text == "off" || text == "0";
}

// One value and its word for none.
template <class Value, class Parse>
auto limit(std::optional<Value>& into, Parse parse) {
  return [&into, parse](const std::string& text) -> Status {
    if (is_off(text)) {
      into.reset();
      return {};
    }
    THIG_TRY_ASSIGN(value, parse(text));
    into = value;
    return {};
  };
}

}  // namespace

void RetentionFlags::declare(Flags& flags) {
  auto& age =
      flags.custom("--keep", "DURATION", "Retention: how long to keep history; off: keep forever",
                   limit(retention.age, parse_duration));
  age.fallback = format_duration(*retention.age);
  age.config = "retention.age";
  declare_size(flags,
               "Maximum size of the database before the oldest history is pruned; off: no limit");
}

void RetentionFlags::declare_size(Flags& flags, std::string_view about) {
  auto& size =
      flags.custom("--max-size", "SIZE", std::string(about), limit(retention.size, parse_size));
  size.fallback = format_size(*retention.size);
  size.config = "retention.size";
}

std::optional<std::uint64_t> RetentionFlags::share() const {
  if (!retention.size) return std::nullopt;
  return *retention.size / 4;
}

std::string describe(const Retention& retention) {
  std::string text;
  if (retention.age) text = fmt::format("history older than {}", format_duration(*retention.age));
  if (retention.size) {
    text += fmt::format("{}the oldest history while the database is larger than {}",
                        text.empty() ? "" : ", and ", format_size(*retention.size));
  }
  return text;
}

std::string falls_behind(const Retention& retention) {
  return fmt::format(
      "history grows faster than it can be pruned, so the limits cannot be kept (pruning {}); "
      "raise --keep or --max-size, use a faster disk, or emit less",
      describe(retention));
}

PruningReports pruning_reports(Context& context, const Retention& retention, ConfigStore& store) {
  return {.failed =
              [&context](const Error& error) {
                context.warn(fmt::format("could not prune old history: {}", error.text));
              },
          .falls_behind = [&context, retention] { context.warn(falls_behind(retention)); },
          .caught_up = [&context] { context.note("history is within its limits again"); },
          .passed =
              [&context, &store](const PruneCounts& gone) {
                // A figure that nobody misses: what is wrong with the database is told elsewhere.
                static_cast<void>(note_pruning(store, gone, context.now()));
              }};
}

std::string describe(const PruneCounts& counts) {
  std::string text;
  const auto add = [&](std::int64_t count, std::string_view one, std::string_view many) {
    if (count > 0) text += (text.empty() ? "" : ", ") + count_of(count, one, many);
  };
  add(counts.events, "event", "events");
  add(counts.deliveries, "delivery", "deliveries");
  add(counts.attempts, "earlier attempt", "earlier attempts");
  add(counts.requests, "received request", "received requests");
  add(counts.figures, "hourly figure", "hourly figures");
  add(counts.keys, "expired key", "expired keys");
  return text.empty() ? "nothing" : text;
}

}  // namespace thig

#include "core/rules/clock_trust.h"

#include <charconv>

#include <fmt/format.h>

namespace thig {
namespace {

// Clocks drift, and are corrected by a little.
constexpr Millis tolerance = std::chrono::minutes(5);
// Who says the same for so long is believed.
constexpr Millis probation = std::chrono::hours(1);
// A note is renewed only so often, as that writes to the database.
constexpr Millis renewal = std::chrono::hours(1);

// It went as the machine's own time since then.
bool agrees(const std::optional<ClockNote>& note, const ClockNote& now) {
  if (!note || note->boot.empty() || note->boot != now.boot) return false;
  const Millis apart = (now.wall - note->wall) - (now.since_boot - note->since_boot);
  return apart >= -tolerance && apart <= tolerance;
}

bool parse_number(std::string_view& text, long long& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

ClockNote clock_note(Time wall, const ClockWitness& witness) {
  return {.boot = witness.boot, .wall = wall, .since_boot = witness.since_boot};
}

std::string to_text(const ClockNote& note) {
  return fmt::format("{} {} {}", to_millis(note.wall), note.since_boot.count(), note.boot);
}

std::optional<ClockNote> parse_clock_note(std::string_view text) {
  long long wall = 0;
  long long since_boot = 0;
  const auto skip_blank = [&] {
    if (!text.starts_with(' ')) return false;
    text.remove_prefix(1);
    return true;
  };
  if (!parse_number(text, wall) || !skip_blank() || !parse_number(text, since_boot) ||
      !skip_blank()) {
    return std::nullopt;
  }
  return ClockNote{
      .boot = std::string(text), .wall = time_from_millis(wall), .since_boot = Millis{since_boot}};
}

ClockVerdict assess_clock(const ClockMemory& memory, const ClockNote& now, bool synchronised) {
  const bool goes_on = agrees(memory.trusted, now);
  const bool long_enough =
      agrees(memory.suspected, now) && now.since_boot - memory.suspected->since_boot >= probation;
  if (synchronised || goes_on || long_enough) {
    const bool fresh = goes_on && now.since_boot - memory.trusted->since_boot < renewal;
    return {.plausible = true,
            .memory = {.trusted = fresh ? memory.trusted : now, .suspected = {}}};
  }
  ClockMemory kept = memory;
  if (!agrees(memory.suspected, now)) kept.suspected = now;
  return {.plausible = false, .memory = std::move(kept)};
}

}  // namespace thig

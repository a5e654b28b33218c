#include "core/care/clock_watch.h"

#include "core/rules/clock_trust.h"

namespace thig {
namespace {

constexpr std::string_view trusted_setting = clock_settings[0];
constexpr std::string_view suspected_setting = clock_settings[1];

Status keep_note(ConfigStore& store, std::string_view setting,
                 const std::optional<ClockNote>& before, const std::optional<ClockNote>& note) {
  if (before == note) return {};
  return store.put_setting(setting, note ? to_text(*note) : std::string());
}

}  // namespace

Result<bool> is_clock_plausible(ConfigStore& store, const Clock& clock) {
  THIG_TRY_ASSIGN(trusted, store.setting(trusted_setting));
  THIG_TRY_ASSIGN(suspected, store.setting(suspected_setting));
  const ClockMemory memory{.trusted = parse_clock_note(trusted),
                           .suspected = parse_clock_note(suspected)};
  const ClockWitness witness = clock.witness();
  const ClockVerdict verdict =
      assess_clock(memory, clock_note(clock.now().wall, witness), witness.synchronised);
  THIG_TRY(keep_note(store, trusted_setting, memory.trusted, verdict.memory.trusted));
  THIG_TRY(keep_note(store, suspected_setting, memory.suspected, verdict.memory.suspected));
  return verdict.plausible;
}

Status trust_clock(ConfigStore& store, const Clock& clock) {
  return store.put_setting(trusted_setting, to_text(clock_note(clock.now().wall, clock.witness())));
}

}  // namespace thig

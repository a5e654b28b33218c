// Keeps what rules/clock_trust.h remembers of the machine's clock in the database. What deletes by
// time without being asked to goes by this.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/store/config_store.h"

#include <array>
#include <string_view>

namespace thig {

// Whether the clock is plausible; writes at most once an hour. The store's errors.
Result<bool> is_clock_plausible(ConfigStore& store, const Clock& clock);

// The settings that these keep.
inline constexpr std::array<std::string_view, 2> clock_settings = {"clock.trusted",
                                                                   "clock.suspected"};

// To be called for a database that was made just now: there is nothing that a clock which is wrong
// could delete, so from here on only a jump makes it doubtful.
Status trust_clock(ConfigStore& store, const Clock& clock);

}  // namespace thig

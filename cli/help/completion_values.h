// The values that a placeholder of the help stands for.
#pragma once

#include "cli/flags/flags.h"
#include "cli/help/completion.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

// The placeholder: "WEBHOOK", also for "WEBHOOK…".
std::string value_kind(const Flags::Item& item);

// Whether values of the kind are known.
bool has_values(std::string_view kind);
// None where there is no database, or it cannot be read. Ids come newest first.
std::vector<Candidate> values_of(std::string_view kind, Context& context);

// Commands by their first word, or by their second after `group`.
std::vector<Candidate> command_candidates(std::string_view group);

}  // namespace thig

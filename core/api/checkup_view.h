// What a check-up has found, as a document.
#pragma once

#include "core/api/words.h"
#include "core/care/checkup.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

std::string findings_document(std::span<const Finding> findings, const Wording& wording);

// Whether something is wrong that has to be put right.
bool has_fault(std::span<const Finding> findings);
bool has_warning(std::span<const Finding> findings);

// What a plugin of a monitoring system answers (Nagios, Icinga, Checkmk), in the order of its exit
// codes. `unknown`: something kept the check-up from looking.
enum class MonitoringState { ok, warning, critical, unknown };
struct MonitoringAnswer {
  MonitoringState state = MonitoringState::ok;
  // "CRITICAL - crm has been disabled for 2 h | pending=3 …": one line, the worst findings first,
  // with figures behind the bar.
  std::string line;
};
MonitoringAnswer monitoring_answer(const CheckupFacts& facts, std::span<const Finding> findings);
// That something else failed before there were any findings.
MonitoringAnswer monitoring_unknown(std::string_view why);

}  // namespace thig

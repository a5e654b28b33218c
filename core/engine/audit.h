// Changing the configuration and noting it in the trail of changes, as one.
#pragma once

#include "core/base/error.h"
#include "core/model/audit.h"
#include "core/rules/json_difference.h"
#include "core/store/store.h"

#include <functional>
#include <string>
#include <string_view>

namespace thig {

// What the trail says of a change; `actor` and `at` as of AuditEntry.
struct ChangeNote {
  std::string_view action;   // "webhook.edit"
  std::string_view subject;  // the name before the change
  JsonDifference difference;
};

// Makes the change and notes it in one transaction.
Status change_noted(ConfigStore& config, const Member& actor, Time at, const ChangeNote& note,
                    const std::function<Status()>& change);

// {"name":"value"}: one member of a difference.
std::string one_member(std::string_view name, std::string_view value);

}  // namespace thig

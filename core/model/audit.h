// The trail of the configuration's changes: who changed what, when, and how.
#pragma once

#include "core/base/time.h"
#include "core/model/member.h"

#include <cstdint>
#include <string>

namespace thig {

struct AuditEntry {
  std::int64_t number = 0;  // decided by the store; counts up
  Time at{};
  Member actor{};         // in the role it had then; without a name: thig-hooks itself
  std::string action{};   // "webhook.edit", "member.add"
  std::string subject{};  // the name of what was changed, before the change
  // JSON objects: the settings that differ, or all where there is nothing on the other side. Empty
  // for nothing. Never a secret.
  std::string before{};
  std::string after{};
};

}  // namespace thig

// What requests ask for in their bodies. Empty bodies ask for what is usual; a member that is not
// known is an error (`invalid`), as everywhere.
#pragma once

#include "core/api/test_flow.h"
#include "core/base/error.h"
#include "core/setup/api_keys.h"
#include "core/setup/webhooks.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig::web {

// {"reason":"…"}
Result<std::string> read_reason(std::string_view body);
// {"overlap":"24h","secret":"whsec_…"}
Result<RotationDraft> read_rotation(std::string_view body);

// {"event":"project.created","data":{…}}
Result<TestSample> read_sample(std::string_view body);

// {"since":"2h","until":"…","states":["dead"],"rate":10,"dryRun":true}
struct RecoveryBody {
  std::optional<std::string> since{};
  std::optional<std::string> until{};
  std::vector<std::string> states{};
  std::optional<double> rate{};
  bool backfill = false;
  bool dry_run = false;
};
Result<RecoveryBody> read_recovery(std::string_view body);

// {"name":"shop","member":"ann","scopes":["emit"],"rate":600,"expiresAt":"2027-01-15T00:00:00Z"}
Result<ApiKeyDraft> read_key_draft(std::string_view body);

// {"name":"shop","scopes":["emit"],"rate":600,"expiresAt":null,"state":"disabled"}; what is left
// out stays, and `expiresAt` alone may be null: never.
struct KeyChange {
  std::optional<std::string> name{};
  std::optional<Scopes> scopes{};
  std::optional<int> rate{};
  bool ends = false;  // whether `expires_at` is meant
  std::optional<Time> expires_at{};
  std::optional<bool> enabled{};
};
Result<KeyChange> read_key_change(std::string_view body);

}  // namespace thig::web

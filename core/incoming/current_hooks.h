// The incoming webhooks as they are served: each read when a request first comes for it, shared by
// threads, never changed.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/model/incoming_hook.h"
#include "core/rules/cidr.h"
#include "core/rules/generic_scheme.h"
#include "core/rules/secret.h"
#include "core/store/config_store.h"
#include "core/store/incoming_config_store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace thig {

struct ServedHook {
  IncomingHook hook;
  std::vector<const Scheme*> schemes;        // none: the token is all that is checked
  std::vector<SigningKey> keys;              // of the secrets that are live
  std::vector<Cidr> allowed;                 // none: all
  std::shared_ptr<const Scheme> own_scheme;  // the row of a generic one
  std::int64_t version = -1;                 // of the configuration that it was read in
  std::optional<Time> stale_at;              // when its token or a secret ends
};

// The webhooks as they are now: what a member has just added, disabled or rotated counts from the
// moment that the command has ended. Belongs to one thread.
class CurrentHooks {
 public:
  // `on_error` is told, not more often than twice a second, when the configuration or a webhook
  // could not be read.
  CurrentHooks(ConfigStore& config, IncomingConfigStore& incoming, const Clock& clock,
               std::function<void(const Error&)> on_error);

  // The webhook that a token opens; null for a token that opens none, of whatever form it is, and
  // for a webhook that is disabled. Looks at the configuration's version, a matter of microseconds,
  // and reads the webhook if that has changed, or if something of it has expired. While the
  // version cannot be read, which is tried again a little later, what was known stays in force and
  // the error is the answer for all else. `key` if the webhook's secrets cannot be opened.
  Result<std::shared_ptr<const ServedHook>> find(std::string_view token);
  // Whether find would still answer this one.
  bool is_current(const ServedHook& hook);

 private:
  void look(Millis now);
  void tell(const Error& error, Millis now);
  Result<std::shared_ptr<const ServedHook>> read(const std::string& hash, Time now);
  Result<std::shared_ptr<const ServedHook>> serve(OpenedHook opened, Time now);

  ConfigStore& config_;
  IncomingConfigStore& incoming_;
  const Clock& clock_;
  std::function<void(const Error&)> on_error_;
  std::int64_t version_ = -1;
  // By the token's hash, as of that version. Null: one that cannot be served.
  std::unordered_map<std::string, std::shared_ptr<const ServedHook>> known_;
  std::optional<Error> failure_;  // of the last look
  Millis next_look_{0};           // on the steady clock, as the next
  Millis quiet_until_{0};
};

}  // namespace thig

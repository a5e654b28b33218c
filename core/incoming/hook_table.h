// The incoming webhooks as they are served: read at once, never changed, shared by threads.
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
};

class HookTable {
 public:
  // `key` if the secrets cannot be opened.
  static Result<std::shared_ptr<const HookTable>> load(ConfigStore& config,
                                                       IncomingConfigStore& incoming, Time now);

  std::int64_t version() const { return version_; }
  // When a token or secret ends, so that it must be read anew; nothing if none does.
  std::optional<Time> stale_at() const { return stale_at_; }

  // Nothing for a token that opens none, of whatever form it is, and for a webhook that is
  // disabled. Takes the same time for all of them.
  const ServedHook* find(std::string_view token, Time now) const;

 private:
  struct Entry {
    const ServedHook* hook;
    std::optional<Time> expires_at;
  };
  Status read(IncomingConfigStore& incoming, Time now);

  std::int64_t version_ = -1;
  std::optional<Time> stale_at_;
  std::unordered_map<IncomingHookId, ServedHook> hooks_;
  std::unordered_map<std::string, Entry> by_hash_;
};

// The webhooks as they are now: what a member has just added, disabled or rotated counts from the
// moment that the command has ended. Belongs to one thread.
class CurrentHooks {
 public:
  // `on_error` is told when the table could not be read again; what was known stays in force, and
  // it is tried again a little later.
  CurrentHooks(ConfigStore& config, IncomingConfigStore& incoming, const Clock& clock,
               std::shared_ptr<const HookTable> table, std::function<void(const Error&)> on_error);

  // Looks at the configuration's version, a matter of microseconds, and reads it again if that has
  // changed or something has expired. Never null.
  std::shared_ptr<const HookTable> table();

 private:
  void refresh();

  ConfigStore& config_;
  IncomingConfigStore& incoming_;
  const Clock& clock_;
  std::shared_ptr<const HookTable> table_;
  std::function<void(const Error&)> on_error_;
  Millis next_try_{0};  // on the steady clock
};

}  // namespace thig

// The incoming webhooks as they are served: read at once, never changed, shared by threads.
#pragma once

#include "core/base/error.h"
#include "core/model/incoming_hook.h"
#include "core/rules/cidr.h"
#include "core/rules/generic_scheme.h"
#include "core/rules/secret.h"
#include "core/store/store.h"

#include <cstdint>
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
  static Result<std::shared_ptr<const HookTable>> load(Store& store, Time now);

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
  Status read(Store& store, Time now);

  std::int64_t version_ = -1;
  std::optional<Time> stale_at_;
  std::unordered_map<IncomingHookId, ServedHook> hooks_;
  std::unordered_map<std::string, Entry> by_hash_;
};

}  // namespace thig

// The set-up of incoming webhooks. Changes take the events they raise, which are recorded in the
// same transaction. The rules of store.h hold here.
#pragma once

#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/model/event.h"
#include "core/model/incoming_hook.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What a token in a URL opens.
struct OpenedHook {
  IncomingHook hook;
  std::optional<Time> expires_at{};  // of the token; nothing for the current one
};

class IncomingConfigStore {
 public:
  virtual ~IncomingConfigStore() = default;

  // All incoming webhooks, by name.
  virtual Result<std::vector<IncomingHook>> hooks() = 0;
  // By id text or name; `not_found` names what was asked for.
  virtual Result<IncomingHook> find(std::string_view name_or_id) = 0;
  // Nothing if it is gone.
  virtual Result<std::optional<IncomingHook>> find_by_id(IncomingHookId id) = 0;
  // `conflict` if the name is taken, by an outgoing webhook too, or the token. `secret` verifies
  // signatures; nothing where there is no scheme. Created at `now`.
  virtual Status add(const IncomingHook& hook, const Secret& token,
                     const std::optional<Secret>& secret, Time now,
                     std::span<const NewEvent> raised) = 0;
  // Every setting of the hook of this id, its name too; updated at `now`. With `secret` it alone
  // verifies from now on. `not_found`, `conflict`.
  virtual Status update(const IncomingHook& hook, const std::optional<Secret>& secret, Time now,
                        std::span<const NewEvent> raised) = 0;
  // With its tokens, secrets, requests, counters. Projects and notes stay. `not_found`.
  virtual Status remove(IncomingHookId id, Time now, std::span<const NewEvent> raised) = 0;
  // Those that verify, and those that open the URL, at `now`: the current one first, then those
  // still in overlap. Errors as of ConfigStore::secrets.
  virtual Result<std::vector<Secret>> secrets(IncomingHookId id, Time now) = 0;
  virtual Result<std::vector<Secret>> tokens(IncomingHookId id, Time now) = 0;
  // Reads its verify token, if it has one. `key` as of secrets.
  virtual Status open_verify_token(IncomingHook& hook) = 0;
  // As ConfigStore::rotate_secret.
  virtual Status rotate_secret(IncomingHookId id, const Secret& fresh,
                               std::optional<Time> old_until, Time now,
                               std::span<const NewEvent> raised) = 0;
  // `conflict` if another webhook has the token. An older one of this webhook's becomes its current
  // one again.
  virtual Status rotate_token(IncomingHookId id, const Secret& fresh, std::optional<Time> old_until,
                              Time now, std::span<const NewEvent> raised) = 0;
  // What the token with this hash (SHA-256 of its text, 32 bytes) opens at `now`, enabled or not;
  // nothing if it opens none. Needs no key.
  virtual Result<std::optional<OpenedHook>> find_by_token(std::string_view hash, Time now) = 0;
};

}  // namespace thig

// The configuration of incoming webhooks on SQLite.
#pragma once

#include "core/store/incoming_store.h"
#include "core/store/sqlite/secrets.h"

namespace thig::sqlite {

class IncomingConfig {
 public:
  IncomingConfig(Connection& connection, Sealing& sealing)
      : connection_(connection),
        sealing_(sealing),
        secrets_(connection, sealing, {.name = "incoming_secret", .owner = "hook_id"}),
        tokens_(connection, sealing,
                {.name = "incoming_token", .owner = "hook_id", .hashed = true}) {}

  // As IncomingStore says.
  Result<std::vector<IncomingHook>> hooks();
  Result<IncomingHook> find(std::string_view name_or_id);
  Status add(const IncomingHook& hook, const Secret& token, const std::optional<Secret>& secret,
             Time now, std::span<const NewEvent> raised);
  Status update(const IncomingHook& hook, const std::optional<Secret>& secret, Time now,
                std::span<const NewEvent> raised);
  Status remove(IncomingHookId id, Time now, std::span<const NewEvent> raised);
  Result<std::vector<Secret>> secrets(IncomingHookId id, Time now);
  Status open_verify_token(IncomingHook& hook);
  Result<std::vector<Secret>> tokens(IncomingHookId id, Time now);
  Status rotate_secret(IncomingHookId id, const Secret& fresh, std::optional<Time> old_until,
                       Time now, std::span<const NewEvent> raised);
  Status rotate_token(IncomingHookId id, const Secret& fresh, std::optional<Time> old_until,
                      Time now, std::span<const NewEvent> raised);
  Result<std::vector<TokenHash>> token_hashes(Time now);

 private:
  Result<std::vector<Secret>> read(Secrets& from, IncomingHookId id, Time now);
  Status rotate(Secrets& of, IncomingHookId id, const Secret& fresh, std::optional<Time> old_until,
                Time now, std::span<const NewEvent> raised);

  Connection& connection_;
  Sealing& sealing_;
  Secrets secrets_;
  Secrets tokens_;
};

}  // namespace thig::sqlite

// IncomingConfigStore on SQLite.
#pragma once

#include "core/store/incoming_config_store.h"
#include "core/store/sqlite/secrets.h"

namespace thig::sqlite {

class IncomingConfig final : public IncomingConfigStore {
 public:
  IncomingConfig(Connection& connection, Sealing& sealing)
      : connection_(connection),
        sealing_(sealing),
        secrets_(connection, sealing, {.name = "incoming_secret", .owner = "hook_id"}),
        tokens_(connection, sealing,
                {.name = "incoming_token", .owner = "hook_id", .hashed = true}) {}

  Result<std::vector<IncomingHook>> hooks() override;
  Result<IncomingHook> find(std::string_view name_or_id) override;
  Result<std::optional<IncomingHook>> find_by_id(IncomingHookId id) override;
  Status add(const IncomingHook& hook, const Secret& token, const std::optional<Secret>& secret,
             Time now, std::span<const NewEvent> raised) override;
  Status update(const IncomingHook& hook, const std::optional<Secret>& secret, Time now,
                std::span<const NewEvent> raised) override;
  Status remove(IncomingHookId id, Time now, std::span<const NewEvent> raised) override;
  Result<std::vector<Secret>> secrets(IncomingHookId id, Time now) override;
  Status open_verify_token(IncomingHook& hook) override;
  Result<std::vector<Secret>> tokens(IncomingHookId id, Time now) override;
  Status rotate_secret(IncomingHookId id, const Secret& fresh, std::optional<Time> old_until,
                       Time now, std::span<const NewEvent> raised) override;
  Status rotate_token(IncomingHookId id, const Secret& fresh, std::optional<Time> old_until,
                      Time now, std::span<const NewEvent> raised) override;
  Result<std::optional<OpenedHook>> find_by_token(std::string_view hash, Time now) override;

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

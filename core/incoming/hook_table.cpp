#include "core/incoming/hook_table.h"

#include "core/base/codec.h"
#include "core/rules/incoming_rules.h"

#include <algorithm>

namespace thig {
namespace {

constexpr Millis after_failure{500};

void keep_sooner(std::optional<Time>& into, std::optional<Time> time) {
  if (time && (!into || *time < *into)) into = time;
}

}  // namespace

Result<std::shared_ptr<const HookTable>> HookTable::load(ConfigStore& config,
                                                         IncomingConfigStore& incoming, Time now) {
  auto table = std::make_shared<HookTable>();
  // Before the rest: if something changes meanwhile, the table is older than it says and is read
  // again.
  THIG_TRY_ASSIGN(version, config.config_version());
  table->version_ = version;
  THIG_TRY(table->read(incoming, now));
  return table;
}

Status HookTable::read(IncomingConfigStore& incoming, Time now) {
  THIG_TRY_ASSIGN(hooks, incoming.hooks());
  for (IncomingHook& hook : hooks) {
    ServedHook served{
        .hook = std::move(hook), .schemes = {}, .keys = {}, .allowed = {}, .own_scheme = {}};
    const IncomingHookId id = served.hook.id;
    THIG_TRY(incoming.open_verify_token(served.hook));
    if (!served.hook.scheme.empty()) {
      served.schemes = schemes_of(served.hook.scheme, served.own_scheme);
      // One that this version does not know must not be taken for none.
      if (served.schemes.empty()) continue;
      THIG_TRY_ASSIGN(secrets, incoming.secrets(id, now));
      for (Secret& secret : secrets) {
        served.keys.push_back(signing_key(secret.text));
        wipe(secret.text);
        keep_sooner(stale_at_, secret.expires_at);
      }
    }
    for (const std::string& range : served.hook.allowed_addresses) {
      THIG_TRY_ASSIGN(cidr, parse_cidr(range));
      served.allowed.push_back(cidr);
    }
    hooks_.emplace(id, std::move(served));
  }
  THIG_TRY_ASSIGN(tokens, incoming.token_hashes(now));
  for (const TokenHash& token : tokens) {
    const auto hook = hooks_.find(token.hook);
    if (hook == hooks_.end()) continue;
    by_hash_.emplace(token.hash, Entry{&hook->second, token.expires_at});
    keep_sooner(stale_at_, token.expires_at);
  }
  return {};
}

const ServedHook* HookTable::find(std::string_view token, Time now) const {
  const auto found = by_hash_.find(token_hash(token));
  if (found == by_hash_.end()) return nullptr;
  const Entry& entry = found->second;
  const bool open = entry.hook->hook.enabled && (!entry.expires_at || *entry.expires_at > now);
  return open ? entry.hook : nullptr;
}

CurrentHooks::CurrentHooks(ConfigStore& config, IncomingConfigStore& incoming, const Clock& clock,
                           std::shared_ptr<const HookTable> table,
                           std::function<void(const Error&)> on_error)
    : config_(config),
      incoming_(incoming),
      clock_(clock),
      table_(std::move(table)),
      on_error_(std::move(on_error)) {}

std::shared_ptr<const HookTable> CurrentHooks::table() {
  if (clock_.now().steady >= next_try_) refresh();
  return table_;
}

void CurrentHooks::refresh() {
  const Instant now = clock_.now();
  const auto version = config_.config_version();
  const bool stale = table_->stale_at() && *table_->stale_at() <= now.wall;
  if (version && *version == table_->version() && !stale) return;
  auto table =
      version ? HookTable::load(config_, incoming_, now.wall) : std::unexpected(version.error());
  if (table) {
    table_ = std::move(*table);
    return;
  }
  next_try_ = now.steady + after_failure;
  on_error_(table.error());
}

}  // namespace thig

#include "core/incoming/current_hooks.h"

#include "core/base/codec.h"
#include "core/rules/token.h"

#include <utility>

namespace thig {
namespace {

constexpr Millis after_failure{500};
constexpr std::size_t most_known = 10'000;

void keep_sooner(std::optional<Time>& into, std::optional<Time> time) {
  if (time && (!into || *time < *into)) into = time;
}

bool is_stale(const ServedHook& hook, Time now) {
  return hook.stale_at && *hook.stale_at <= now;
}

}  // namespace

CurrentHooks::CurrentHooks(ConfigStore& config, IncomingConfigStore& incoming, const Clock& clock,
                           std::function<void(const Error&)> on_error)
    : config_(config), incoming_(incoming), clock_(clock), on_error_(std::move(on_error)) {}

Result<std::shared_ptr<const ServedHook>> CurrentHooks::find(std::string_view token) {
  const Instant now = clock_.now();
  if (now.steady >= next_look_) look(now.steady);
  const std::string hash = token_hash(token);
  const auto found = known_.find(hash);
  if (found != known_.end()) {
    if (!found->second || !is_stale(*found->second, now.wall)) return found->second;
    known_.erase(found);
  }
  if (failure_) return std::unexpected(*failure_);
  auto served = read(hash, now.wall);
  if (!served) tell(served.error(), now.steady);
  return served;
}

bool CurrentHooks::is_current(const ServedHook& hook) {
  const Instant now = clock_.now();
  if (now.steady >= next_look_) look(now.steady);
  return hook.version == version_ && !is_stale(hook, now.wall);
}

// Before anything is read: what changes meanwhile is read again after the next look.
void CurrentHooks::look(Millis now) {
  const auto version = config_.config_version();
  failure_.reset();
  if (!version) {
    failure_ = version.error();
    next_look_ = now + after_failure;
    tell(*failure_, now);
  } else if (*version != version_) {
    known_.clear();
    version_ = *version;
  }
}

void CurrentHooks::tell(const Error& error, Millis now) {
  if (now < quiet_until_) return;
  quiet_until_ = now + after_failure;
  on_error_(error);
}

// Tokens that open nothing are not remembered: whoever guesses would fill the memory.
Result<std::shared_ptr<const ServedHook>> CurrentHooks::read(const std::string& hash, Time now) {
  THIG_TRY_ASSIGN(opened, incoming_.find_by_token(hash, now));
  if (!opened) return nullptr;
  THIG_TRY_ASSIGN(served, serve(std::move(*opened), now));
  if (known_.size() >= most_known) known_.clear();
  known_.insert_or_assign(hash, served);
  return served;
}

Result<std::shared_ptr<const ServedHook>> CurrentHooks::serve(OpenedHook opened, Time now) {
  if (!opened.hook.enabled) return nullptr;
  auto served = std::make_shared<ServedHook>();
  served->hook = std::move(opened.hook);
  served->version = version_;
  served->stale_at = opened.expires_at;
  THIG_TRY(incoming_.open_verify_token(served->hook));
  if (!served->hook.scheme.empty()) {
    served->schemes = schemes_of(served->hook.scheme, served->own_scheme);
    // One that this version does not know must not be taken for none.
    if (served->schemes.empty()) return nullptr;
    THIG_TRY_ASSIGN(secrets, incoming_.secrets(served->hook.id, now));
    for (Secret& secret : secrets) {
      served->keys.push_back(signing_key(secret.text));
      wipe(secret.text);
      keep_sooner(served->stale_at, secret.expires_at);
    }
  }
  for (const std::string& range : served->hook.allowed_addresses) {
    THIG_TRY_ASSIGN(cidr, parse_cidr(range));
    served->allowed.push_back(cidr);
  }
  return served;
}

}  // namespace thig

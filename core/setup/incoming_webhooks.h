// Setting up incoming webhooks: the rules, the roles and the events that changes raise, for every
// front end alike. The counterpart of setup/webhooks.h.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/model/incoming_hook.h"
#include "core/model/member.h"
#include "core/setup/webhooks.h"
#include "core/store/config_store.h"
#include "core/store/incoming_config_store.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace thig {

struct IncomingDraft {
  IncomingHook settings;                  // everything but id and times
  std::optional<std::string> secret;      // what verifies signatures; needed with a scheme
  std::optional<std::string> token = {};  // of its URL; nothing: a fresh one
};

struct AddedIncoming {
  IncomingHook hook;
  std::string token;  // for its URL (rules/incoming_rules.h); to be shown once
};

struct EditedIncoming {
  IncomingHook hook;          // as it is now
  JsonDifference difference;  // empty: nothing was changed
};

struct RotatedIncoming {
  IncomingHook hook;
  std::string token;              // of the new URL
  std::optional<Time> old_until;  // when the URL before it ends; nothing if it has ended
};

// A webhook with all that is secret of it.
struct RevealedIncoming {
  IncomingHook hook;
  std::vector<Secret> tokens;   // of its URLs, the current one first
  std::vector<Secret> secrets;  // that verify
};

class IncomingWebhooks {
 public:
  // `router` as of NotedChanges.
  IncomingWebhooks(ConfigStore& config, IncomingConfigStore& incoming, const Clock& clock,
                   Random& random, Member actor, Router* router = nullptr);

  // Each of these needs Owner or Admin, and Owner for one that runs a command (`not_permitted`),
  // raises its webhook.* event, and is noted in the trail of changes. Errors as of Webhooks.
  // A token must be one that make_token made (`invalid`), and no other webhook's (`conflict`).
  Result<AddedIncoming> add(const IncomingDraft& draft);
  // Lets `change` alter the settings of the webhook as they are now: all but its id, state, times
  // and the kind of its action (`invalid`). With a secret, it alone verifies from now on. What is
  // then as it was is no change, nor is the secret that alone verifies already.
  Result<EditedIncoming> edit(std::string_view name_or_id,
                              const std::function<Status(IncomingHook&)>& change,
                              const std::optional<std::string>& secret);
  // Changes nothing and succeeds if it already is so.
  Result<IncomingHook> set_enabled(std::string_view name_or_id, bool enabled);
  Result<IncomingHook> remove(std::string_view name_or_id);
  // Needs Owner or Admin, and is noted, though nothing is changed.
  Result<RevealedIncoming> reveal(std::string_view name_or_id);
  // Whether the actor may change webhooks, of those that run no command.
  Status check_allowed() const;
  // Whether they may change this one.
  Status check_allowed(const IncomingHook& hook) const;
  // A new URL; the old one goes on for `overlap`. With a secret: another secret that verifies.
  Result<RotatedIncoming> rotate(std::string_view name_or_id, const RotationDraft& draft);

 private:
  Status check_kept_secret(const IncomingHook& hook, Time now);
  Result<NewEvent> notice(std::string_view type, const IncomingHook& hook);

  ConfigStore& config_;
  IncomingConfigStore& incoming_;
  const Clock& clock_;
  Random& random_;
  NotedChanges changes_;
};

// A webhook of either kind, by name or id: they share their names. `not_found` suggests the
// nearest.
using AnyWebhook = std::variant<Endpoint, IncomingHook>;
Result<AnyWebhook> find_any_webhook(ConfigStore& config, IncomingConfigStore& incoming,
                                    std::string_view name_or_id);
// By name or id; `not_found` suggests the nearest name.
Result<IncomingHook> find_incoming_webhook(IncomingConfigStore& incoming,
                                           std::string_view name_or_id);

// The URL of a webhook as it is to be given out: under the installation's public URL, or under the
// one given. The setting's name is "public-url".
Result<std::string> public_url_of(ConfigStore& config, const std::optional<std::string>& given);
// Keeps it for later, empty for none; needs Owner or Admin, unless it already is so: what serves
// names it at each start.
Status keep_public_url(ConfigStore& config, const Member& actor, const std::string& url, Time now);
inline constexpr std::string_view public_url_setting = "public-url";
inline constexpr std::string_view default_public_url = "http://127.0.0.1:8080";

}  // namespace thig

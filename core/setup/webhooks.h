// Setting up outgoing webhooks: the rules, the roles and the events that changes raise, for every
// front end alike.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/base/tls_files.h"
#include "core/documents/json_difference.h"
#include "core/model/endpoint.h"
#include "core/model/member.h"
#include "core/rules/suggest.h"
#include "core/setup/audit.h"
#include "core/store/config_store.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What a new webhook is asked to be. `settings` holds everything but its id, state and times, which
// are decided here.
struct WebhookDraft {
  Endpoint settings;
  std::optional<SignatureMode>
      signature;                      // nothing: both, or thig if the secret can sign nothing else
  std::optional<std::string> secret;  // nothing: a fresh one
  bool active = true;
};

struct AddedWebhook {
  Endpoint endpoint;
  std::string secret;  // to be shown once
  std::vector<Remark>
      notes;  // what the admin should know: signs as thig only, receives nothing yet, …
};

struct EditedWebhook {
  Endpoint endpoint;          // as it is now
  JsonDifference difference;  // empty: nothing was changed
  std::vector<Remark> notes;  // as above
};

// A new signing secret. Without one a fresh one is made.
struct RotationDraft {
  std::optional<std::string> secret = {};
  Millis overlap = std::chrono::hours(24);  // how long the old one goes on signing; 0: not at all
  // Of an incoming webhook's URL, without a secret; nothing: a fresh one.
  std::optional<std::string> token = {};
  // When the old one ends; nothing if that is at once.
  std::optional<Time> old_until(Time now) const {
    return overlap > Millis{0} ? std::optional(now + overlap) : std::nullopt;
  }
};

struct RotatedSecret {
  Endpoint endpoint;
  std::string secret;             // to be shown once
  std::optional<Time> old_until;  // when the one before it ends; nothing if it has ended
  std::vector<Remark> notes;      // as above
};

// A webhook with all that is secret of it.
struct RevealedWebhook {
  Endpoint endpoint;
  std::vector<Secret> secrets;  // those that sign, the current one first
};

class Webhooks {
 public:
  // `router` as of NotedChanges.
  Webhooks(ConfigStore& config, const Clock& clock, Random& random, Member actor,
           Router* router = nullptr);

  // Each of these needs Owner or Admin (`not_permitted`), raises its webhook.* event, and is noted
  // in the trail of changes.
  // `invalid`, `conflict` (the name is taken), `not_found` (an event type) or `file` (one of its
  // TLS cannot be read) say which setting is off.
  Result<AddedWebhook> add(const WebhookDraft& draft);
  // Lets `change` alter the settings of the webhook as they are now: all but its id, state and
  // times. What is then as it was is no change.
  Result<EditedWebhook> edit(std::string_view name_or_id,
                             const std::function<Status(Endpoint&)>& change);
  // Enabling an enabled webhook, or disabling a disabled one, changes nothing and succeeds; but
  // enabling ends a pause, too. Whether something was changed, the epoch shows.
  Result<Endpoint> enable(std::string_view name_or_id);
  Result<Endpoint> disable(std::string_view name_or_id, std::string_view reason);
  Result<Endpoint> remove(std::string_view name_or_id);
  // Needs Owner or Admin, and is noted, though nothing is changed.
  Result<RevealedWebhook> reveal(std::string_view name_or_id);
  // Whether the actor may change webhooks at all.
  Status check_allowed() const;
  // At most four secrets sign at the same time: `conflict` for one more.
  Result<RotatedSecret> rotate(std::string_view name_or_id, const RotationDraft& draft);

 private:
  Result<Endpoint> set_state(std::string_view name_or_id, EndpointState state,
                             std::string_view reason);
  Status check_live_secrets(const Endpoint& endpoint, Time now);

  ConfigStore& config_;
  const Clock& clock_;
  Random& random_;
  NotedChanges changes_;
  TlsFileChecks tls_checks_;
};

// A signing secret that nobody knows yet.
std::string fresh_secret(Random& random);

// `not_found` of a name, with the nearest of these webhooks as its hint, or else `fallback`.
template <class Webhooks>
Error with_nearest_name(Error error, std::string_view name, const Webhooks& webhooks,
                        Remark fallback) {
  std::vector<std::string> names;
  names.reserve(webhooks.size());
  for (const auto& webhook : webhooks) names.push_back(webhook.name);
  const std::string near = nearest(name, names);
  error.hint = near.empty() ? std::move(fallback) : Remark("did you mean '" + near + "'?");
  return error;
}

// The hint where no name is near.
Remark where_webhooks_are_listed();

// By name or id; `not_found` suggests the nearest name.
Result<Endpoint> find_webhook(ConfigStore& config, std::string_view name_or_id);

}  // namespace thig

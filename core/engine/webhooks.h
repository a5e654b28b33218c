// Setting up outgoing webhooks: the rules, the roles and the events that changes raise, for every
// front end alike.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/model/endpoint.h"
#include "core/model/member.h"
#include "core/store/store.h"

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
  std::vector<std::string>
      notes;  // what the admin should know: signs as thig only, receives nothing yet, …
};

// A new signing secret. Without one a fresh one is made.
struct RotationDraft {
  std::optional<std::string> secret;
  Millis overlap = std::chrono::hours(24);  // how long the old one goes on signing; 0: not at all
};

struct RotatedSecret {
  Endpoint endpoint;
  std::string secret;              // to be shown once
  std::optional<Time> old_until;   // when the one before it ends; nothing if it has ended
  std::vector<std::string> notes;  // as above
};

class Webhooks {
 public:
  Webhooks(ConfigStore& config, const Clock& clock, Random& random, Member actor);

  // Each of these needs Owner or Admin (`not_permitted`), and raises its webhook.* event.
  // `invalid`, `conflict` (the name is taken) or `not_found` (an event type) say which setting is
  // off.
  Result<AddedWebhook> add(const WebhookDraft& draft);
  // Enabling an enabled webhook, or disabling a disabled one, changes nothing and succeeds.
  Result<Endpoint> enable(std::string_view name_or_id);
  Result<Endpoint> disable(std::string_view name_or_id, std::string_view reason);
  Result<Endpoint> remove(std::string_view name_or_id);
  // At most four secrets sign at the same time: `conflict` for one more.
  Result<RotatedSecret> rotate(std::string_view name_or_id, const RotationDraft& draft);

 private:
  Result<Endpoint> set_state(std::string_view name_or_id, EndpointState state,
                             std::string_view reason);

  ConfigStore& config_;
  const Clock& clock_;
  Random& random_;
  Member actor_;
};

// By name or id; `not_found` suggests the nearest name.
Result<Endpoint> find_webhook(ConfigStore& config, std::string_view name_or_id);

// The member that an OS user is: as registered; root is an Owner everywhere; anybody else is a
// Viewer.
Result<Member> member_of(ConfigStore& config, std::string_view os_user, bool is_root);

}  // namespace thig

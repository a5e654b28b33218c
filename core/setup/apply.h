// Bringing the configuration to what a document says: what is missing is created, what differs is
// changed, and what is not in it is removed where that is asked for. All of it or nothing.
#pragma once

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/documents/json_difference.h"
#include "core/documents/setup_document.h"
#include "core/model/member.h"
#include "core/store/config_store.h"
#include "core/store/incoming_config_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

enum class PlanStep { create, change, remove };
// "create", …
std::string_view to_text(PlanStep step);

enum class SetupKind { setting, member, event_type, outgoing, incoming };
// "setting", "member", "event type", "outgoing", "incoming".
std::string_view to_text(SetupKind kind);

struct PlannedChange {
  PlanStep step = PlanStep::create;
  SetupKind kind = SetupKind::outgoing;
  std::string name;
  JsonDifference difference;
  // Of one that is created: the secret that was made for it, or the token of its URL. To be shown
  // once.
  std::string made;
};

struct ApplyOptions {
  bool prune = false;    // remove what is not in the document, of the kinds that it lists
  bool dry_run = false;  // do it all, and take it back
};

// What was changed, or would be; empty if all is as the document says. Errors as of Webhooks and
// IncomingWebhooks, with the place in the document; nothing has happened then.
Result<std::vector<PlannedChange>> apply_setup(ConfigStore& config, IncomingConfigStore& incoming,
                                               const Clock& clock, Random& random,
                                               const Member& actor, const SetupDocument& document,
                                               const ApplyOptions& options);

// What there is. With the secrets only for who may see them (`not_permitted`), and noted in the
// trail.
Result<SetupContent> read_setup(ConfigStore& config, IncomingConfigStore& incoming,
                                const Member& actor, bool with_secrets, Time now);

}  // namespace thig

// What is done for whoever asks, in their name: the operations of the command line, on the store of
// the thread that answers. For the HTTP API and for pages alike.
#pragma once

#include "core/care/recovery.h"
#include "core/setup/api_keys.h"
#include "core/setup/incoming_webhooks.h"
#include "core/setup/sessions.h"
#include "core/setup/webhooks.h"
#include "core/web/call.h"

namespace thig {

inline Webhooks webhooks_for(Call& call) {
  return {call.store.config(), call.clock, call.random, call.caller.actor};
}

inline IncomingWebhooks incoming_webhooks_for(Call& call) {
  return {call.store.config(), call.store.incoming(), call.clock, call.random, call.caller.actor};
}

inline Recovery recovery_for(Call& call) {
  return {call.store.recovery(), call.store.queue(), call.clock, call.caller.actor};
}

inline ApiKeys keys_for(Call& call) {
  return {call.store, call.clock, call.random, call.caller.actor};
}

inline Sessions sessions_for(Call& call) {
  return {call.store, call.clock, call.random, call.caller.actor};
}

// The outgoing webhook that the path names first; an incoming one of that name is not meant.
// `not_found`.
inline Result<Endpoint> webhook_of(Call& call) {
  return find_webhook(call.store.config(), call.path.front());
}

}  // namespace thig

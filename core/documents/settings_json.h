// The settings of webhooks as members of JSON objects: in lists, in documents that set webhooks up,
// in the trail of changes.
#pragma once

#include "core/base/json.h"
#include "core/documents/json_difference.h"
#include "core/documents/json_members.h"
#include "core/model/endpoint.h"
#include "core/model/incoming_hook.h"

namespace thig {

// Values of extra headers and handshake tokens may be secrets: hidden ones are null.
enum class SecretParts { hidden, shown };

// All that can be set but the state, without the braces; never a signing secret.
void write_settings(JsonWriter& json, const Endpoint& endpoint, SecretParts parts);
void write_settings(JsonWriter& json, const IncomingHook& hook, SecretParts parts);

// What a change makes of a webhook, null for none on that side. Of what may be secret it tells
// whether it is another one, and no more.
JsonDifference settings_difference(const Endpoint* before, const Endpoint* after);
JsonDifference settings_difference(const IncomingHook* before, const IncomingHook* after);

}  // namespace thig

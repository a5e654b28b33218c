// What a store refuses, and in which words: the same whatever it keeps its rows in.
#pragma once

#include "core/base/error.h"
#include "core/model/ids.h"
#include "core/model/incoming_hook.h"
#include "core/model/member.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace thig {

// `not_found`.
std::unexpected<Error> no_webhook(std::string_view asked);
std::unexpected<Error> no_member(std::string_view name);
std::unexpected<Error> no_own_event_type(std::string_view name);
std::unexpected<Error> no_event(EventId id);
std::unexpected<Error> no_delivery(DeliveryId id);
std::unexpected<Error> no_request(RequestId id);
std::unexpected<Error> no_project(std::string_view asked);
std::unexpected<Error> no_api_key(std::string_view asked);
std::unexpected<Error> no_session(std::string_view asked);

// `conflict`. Webhooks of both kinds share one set of names.
std::unexpected<Error> name_taken(std::string_view name);
std::unexpected<Error> webhook_id_taken(std::string_view id);
std::unexpected<Error> token_taken();
std::unexpected<Error> api_key_name_taken(std::string_view name);
// The configuration is at another version, the webhook has another epoch than was relied upon.
std::unexpected<Error> config_changed();
std::unexpected<Error> epoch_changed(EndpointId id);

// One of them has to be an Owner, after every change: `conflict`.
Status check_owner_left(std::span<const Member> members);

// The idempotency keys that are kept take as much as they may: `full`.
std::unexpected<Error> keys_at_limit(std::uint64_t most);

// Only what has ended and is kept whole can be run again: `invalid`. `cut`: of its body only the
// first part is kept.
Status check_runs_again(RequestId id, RequestState state, bool cut);

}  // namespace thig

// Event types of the organisation's own.
#pragma once

#include "core/dispatch/emitter.h"
#include "core/model/change_result.h"
#include "core/model/event_catalog.h"
#include "core/model/member.h"
#include "core/store/config_store.h"

namespace thig {

// Needs Owner or Admin. `invalid` for a name that is no type's, a description over 500 characters,
// or a sample that is no event's data; `conflict` for the name of a built-in type. What is there
// under that name is replaced, unless it is the same.
Result<ChangeResult> add_event_type(ConfigStore& config, const Member& actor, const EventType& type,
                                    Time now);

// `not_found`; `conflict` for a built-in type.
Status remove_event_type(ConfigStore& config, const Member& actor, std::string_view name, Time now);

// {"category":…,"description":…,"sample":…}; the same for samples that differ in blanks only.
std::string event_type_json(const EventType& type);

}  // namespace thig

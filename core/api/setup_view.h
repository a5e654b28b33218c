// What setting up comes to, and what can be set up, as documents.
#pragma once

#include "core/model/change_result.h"
#include "core/model/event_catalog.h"
#include "core/model/member.h"
#include "core/setup/apply.h"
#include "core/setup/members.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace thig {

// What an applied document has changed, or would. `shown(change)` is what may be shown of what was
// made for it: a secret, or a URL; empty for nothing.
std::string plan_document(std::span<const PlannedChange> plan, bool dry_run,
                          const std::function<std::string(const PlannedChange&)>& shown);

// Of a webhook that is gone.
std::string removed_document(std::string_view name, std::string_view id);

std::string event_types_document(std::span<const EventType> types);
std::string event_type_document(const EventType& type);
// Without its sample.
std::string event_type_added_document(const EventType& type, ChangeResult result);

// Of a database and its key that were initialised; `group` shares them.
std::string init_document(std::string_view database, std::string_view key_file,
                          const std::optional<std::string>& group, bool made_database,
                          bool made_key);

std::string members_document(std::span<const Member> members);
std::string member_document(const MemberChange& change);

}  // namespace thig

// What both tabs of the list of webhooks have.
#pragma once

#include "core/model/member.h"
#include "core/web/pages/html/html.h"

#include <cstdint>

namespace thig::pages {

// The title, a line of figures (or nothing), and the way to `add`, for who may.
Html webhooks_head(const Html& figures, const Link& add, const Member& member);
Html direction_tabs(std::int64_t outgoing, std::int64_t incoming, bool on_outgoing);
// Who sees no buttons learns who can act.
Html told_to_lookers(const Member& member);

}  // namespace thig::pages

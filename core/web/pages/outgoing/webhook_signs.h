// How pages show the state of an outgoing webhook.
#pragma once

#include "core/web/pages/frame/overview.h"
#include "core/web/pages/html/html.h"

#include <string>

namespace thig::pages {

Html status_sign(const ListedWebhook& webhook);
// Why it is so, and since when, below the sign; nothing if it is enabled and works.
Html status_reason(const ListedWebhook& webhook, Time now);
// The same in a sentence.
std::string describe_status(const ListedWebhook& webhook, Time now);

}  // namespace thig::pages

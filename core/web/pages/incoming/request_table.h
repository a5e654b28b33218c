// Requests to incoming webhooks as a table: in the log of all of them, and on the page of a
// webhook.
#pragma once

#include "core/api/incoming_view.h"
#include "core/base/time.h"
#include "core/web/pages/html/html.h"

#include <span>
#include <string_view>

namespace thig::pages {

enum class RequestsOf { all_webhooks, one_webhook };

Html request_table(std::span<const IncomingRequest> requests, const HookNames& names, Time now,
                   RequestsOf of, std::string_view caption);

}  // namespace thig::pages

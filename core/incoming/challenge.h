// The handshakes with which outside services make sure that a URL is ours. Sources: their own
// documentation.
#pragma once

#include "core/incoming/current_hooks.h"
#include "core/net/http_server.h"

#include <optional>

namespace thig {

// A GET on a webhook's URL: the challenge it asks for, or what is wrong with it.
HttpResponse answer_get(const ServedHook& hook, std::string_view query);

// A POST that is a handshake rather than a message; nothing if it is a message. Before the
// signature is checked: `validationToken` in the query (Microsoft Graph).
std::optional<HttpResponse> answer_unsigned_handshake(std::string_view query);
// After it: Slack, Zoom, Discord. `body` is JSON, or empty if it was none.
bool has_handshake(const ServedHook& hook);
std::optional<HttpResponse> answer_handshake(const ServedHook& hook, std::string_view body);

}  // namespace thig

// What is answered to the senders of requests.
#pragma once

#include "core/net/http_server.h"

#include <string>
#include <string_view>

namespace thig {

// {"error":…,"code":…}
HttpResponse error_answer(int status, std::string_view code, std::string_view text);
// The same, asking to come again after so many seconds.
HttpResponse retry_answer(int status, std::string_view code, std::string_view text, int seconds);
// {"success":true,"requestId":…}, with "duplicate":true for what came before.
HttpResponse success_answer(std::string_view request_id, bool duplicate);
// A challenge given back: as text, never to be taken for anything else by a browser.
HttpResponse plain_answer(std::string_view text);
HttpResponse json_answer(std::string json);

// The same for an unknown token, one of the wrong form and a webhook that is disabled, so that none
// can be told from the others.
HttpResponse not_found_answer();

}  // namespace thig

// Errors of the HTTP API: RFC 9457 problem details, with the members of the product's own errors.
//   {"type":"about:blank","title":"Not Found","status":404,"detail":"there is no webhook crm",
//    "error":"there is no webhook crm","code":"NOT_FOUND","hint":"did you mean 'crm2'?"}
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"

#include <string>
#include <string_view>

namespace thig {

// What an error of that kind answers: 400 to 507.
int status_of(ErrorCode code);

// The error as an answer, in the words of the API; what may pass says when to come again.
HttpResponse problem(const Error& error);
// One that is HTTP's own.
HttpResponse problem(int status, std::string_view code, std::string text, std::string hint = {});
// The same, asking to come again after so many seconds.
HttpResponse problem_for_now(int status, std::string_view code, std::string text, int seconds);

// A document, with what every answer says: not to be kept, not to be taken for anything else.
HttpResponse document_answer(std::string json, int status = 200);

}  // namespace thig

// Errors of the HTTP API: RFC 9457 problem details, with the members of the product's own errors.
//   {"type":"about:blank","title":"Not Found","status":404,"detail":"there is no webhook crm",
//    "error":"there is no webhook crm","code":"NOT_FOUND","hint":"did you mean 'crm2'?"}
// Where something that was sent is off, "details" says which:
//    "details":[{"field":"url","message":"only https:// is sent to"}]
#pragma once

#include "core/api/words.h"
#include "core/base/error.h"
#include "core/model/endpoint.h"
#include "core/net/http_server.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig {

// What went wrong with a request, whatever form it is answered in: the document above, or a page.
struct Problem {
  int status = 500;
  std::string code;  // the product's own name: "NOT_FOUND"
  std::string text;
  std::string hint{};             // empty where nothing helps
  std::string field{};            // what it is about, as a member of a document: "caFile"
  std::vector<Header> headers{};  // that the answer has besides: "retry-after"
};

// What an error of that kind answers: 400 to 507.
int status_of(ErrorCode code);
// "Not Found".
std::string_view title_of(int status);

// What others are told of an error: without what is this machine's own affair.
Error for_others(const Error& error);
// That in the words of a front end; what may pass says when to come again.
Problem problem_of(const Error& error, const Wording& wording);
// One that is HTTP's own, asking to come again after so many seconds.
Problem for_now(int status, std::string_view code, std::string text, int seconds);

// As the document above.
HttpResponse problem_answer(const Problem& problem);

// A document, with what every answer says: not to be kept, not to be taken for anything else.
HttpResponse document_answer(std::string json, int status = 200);

}  // namespace thig

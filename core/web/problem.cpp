#include "core/web/problem.h"

#include "core/api/error_view.h"
#include "core/documents/json_members.h"
#include "core/web/api_wording.h"

#include <utility>

namespace thig {
namespace {

constexpr int soon = 1;  // seconds, for Retry-After
constexpr int later = 30;

// Paths, and what is wrong with this machine, are for its log.
Error without_particulars(const Error& error) {
  if (error.code == ErrorCode::file) {
    return {error.code,
            "the server cannot use a TLS file of the webhook",
            {Setting{"ca-file"}, ", ", Setting{"client-cert"}, " and ", Setting{"client-key"},
             " must name files that the server can read"},
            error.field};
  }
  return {error.code, "the server could not process the request",
          "see its log, or run: thig-hooks doctor"};
}

}  // namespace

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Internal Server Error";
  }
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::invalid:
    case ErrorCode::file:
      return 400;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::idempotency_mismatch:
      return 422;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::not_permitted:
      return 403;
    case ErrorCode::full:
      return 507;
    case ErrorCode::busy:
    case ErrorCode::unavailable:
    case ErrorCode::interrupted:
      return 503;
    case ErrorCode::database:
    case ErrorCode::network:
    case ErrorCode::key:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

Error for_others(const Error& error) {
  const bool ours = status_of(error.code) == 500 || error.code == ErrorCode::file;
  return ours ? without_particulars(error) : error;
}

Problem problem_of(const Error& error, const Wording& wording) {
  ShownError shown = shown_error(for_others(error), wording);
  Problem problem{.status = status_of(error.code),
                  .code = std::string(api_wording().code(error.code)),
                  .text = std::move(shown.text),
                  .hint = std::move(shown.hint),
                  .field = member_name(error.field)};
  if (passes(error.code) || error.code == ErrorCode::interrupted) {
    problem.headers.push_back(
        {"retry-after", std::to_string(error.code == ErrorCode::full ? later : soon)});
  }
  return problem;
}

Problem for_now(int status, std::string_view code, std::string text, int seconds) {
  return {.status = status,
          .code = std::string(code),
          .text = std::move(text),
          .headers = {{"retry-after", std::to_string(seconds)}}};
}

HttpResponse problem_answer(const Problem& problem) {
  HttpResponse answer = document_answer(
      object_document([&](JsonWriter& json) {
        json.key("type").text("about:blank").key("title").text(title_of(problem.status));
        json.key("status").number(std::int64_t{problem.status}).key("detail").text(problem.text);
        json.key("error").text(problem.text).key("code").text(problem.code);
        write_text_or_null(json, "hint", problem.hint);
        if (problem.field.empty()) return;
        json.key("details").begin_array().begin_object();
        json.key("field").text(problem.field).key("message").text(problem.text);
        json.end_object().end_array();
      }),
      problem.status);
  answer.headers.front().value = "application/problem+json";
  answer.headers.insert(answer.headers.end(), problem.headers.begin(), problem.headers.end());
  return answer;
}

HttpResponse document_answer(std::string json, int status) {
  return {.status = status,
          .headers = {{"content-type", "application/json"},
                      {"cache-control", "no-store"},
                      {"x-content-type-options", "nosniff"},
                      {"content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
                      {"cross-origin-resource-policy", "same-origin"},
                      {"referrer-policy", "same-origin"}},
          .body = std::move(json)};
}

}  // namespace thig

#include "core/web/problem.h"

#include "core/api/error_view.h"
#include "core/documents/json_members.h"
#include "core/web/api_wording.h"

#include <utility>

namespace thig {
namespace {

constexpr int soon = 1;  // seconds, for Retry-After
constexpr int later = 30;

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

// The product's own names where it has one.
std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::invalid:
      return "VALIDATION_ERROR";
    case ErrorCode::not_permitted:
      return "FORBIDDEN";
    default:
      return error_code_name(code);
  }
}

HttpResponse problem_answer(int status, std::string_view code, std::string_view text,
                            std::string_view hint) {
  HttpResponse answer =
      document_answer(object_document([&](JsonWriter& json) {
                        json.key("type").text("about:blank").key("title").text(title_of(status));
                        json.key("status").number(std::int64_t{status}).key("detail").text(text);
                        json.key("error").text(text).key("code").text(code);
                        write_text_or_null(json, "hint", hint);
                      }),
                      status);
  answer.headers.front().value = "application/problem+json";
  return answer;
}

// Paths, and what is wrong with this machine, are for its log.
Error without_particulars(const Error& error) {
  if (error.code == ErrorCode::file) {
    return {error.code, "a TLS file of the webhook cannot be used on the server",
            "caFile, clientCert and clientKey name files there, which it must be able to read"};
  }
  return {error.code, "the server could not do this",
          "its log says why; so does: thig-hooks doctor"};
}

}  // namespace

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

HttpResponse problem(const Error& error) {
  const bool ours = status_of(error.code) == 500 || error.code == ErrorCode::file;
  const ShownError shown = shown_error(ours ? without_particulars(error) : error, api_wording());
  HttpResponse answer =
      problem_answer(status_of(error.code), code_name(error.code), shown.text, shown.hint);
  if (passes(error.code) || error.code == ErrorCode::interrupted) {
    answer.headers.push_back(
        {"retry-after", std::to_string(error.code == ErrorCode::full ? later : soon)});
  }
  return answer;
}

HttpResponse problem(int status, std::string_view code, std::string text, std::string hint) {
  return problem_answer(status, code, text, hint);
}

HttpResponse problem_for_now(int status, std::string_view code, std::string text, int seconds) {
  HttpResponse answer = problem_answer(status, code, text, {});
  answer.headers.push_back({"retry-after", std::to_string(seconds)});
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

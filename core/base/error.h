// Errors as values. Every seam of the program returns Result<T>; exceptions of libraries are caught
// in the file that calls the library.
#pragma once

#include "core/base/remark.h"

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace thig {

// What kind of thing went wrong. The command line turns each kind into one exit code
// (cli/app/exit_code.h) and into the `code` of a JSON error.
enum class ErrorCode {
  usage,                 // the words of the call are off
  invalid,               // a value given is not acceptable: a URL, a body, a secret
  conflict,              // what should be made exists already, or changed meanwhile
  idempotency_mismatch,  // the idempotency key was used for an event with other content
  not_found,             // no such webhook, delivery, event type
  not_permitted,         // the member's role does not allow it
  busy,                  // try again: locked, or owned by another process
  full,                  // no space on the disk to record it
  unavailable,           // the database cannot be reached; what was asked of it may have been done
  database,
  network,
  file,
  key,
  interrupted,
  internal,
};

// Whether it may go better when it is tried again, with nothing fixed meanwhile.
constexpr bool passes(ErrorCode code) {
  return code == ErrorCode::busy || code == ErrorCode::full || code == ErrorCode::unavailable;
}

// The name of a kind in JSON: "USAGE", "NOT_FOUND", ….
std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string text;  // what happened, to what; one line, no final full stop, never a secret
  Remark hint;       // what to do about it; empty where nothing helps
  // The setting that is off, by its name in the contract: "url", "ca-file"; empty where it is none.
  std::string field = {};
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string text, Remark hint = {}) {
  return std::unexpected(Error{code, std::move(text), std::move(hint)});
}

// The result, with its error said of this setting, unless it is said of one already.
template <class T>
Result<T> said_of(std::string_view field, Result<T> result) {
  if (!result && result.error().field.empty()) result.error().field = field;
  return result;
}

}  // namespace thig

// Leaves the function with the error of `expression` (a Result of any type) if it is one.
#define THIG_TRY(expression)                                                \
  do {                                                                      \
    auto thig_tried = (expression);                                         \
    if (!thig_tried) return std::unexpected(std::move(thig_tried).error()); \
  } while (false)

// Declares `name` with the value of `expression`, or leaves the function with its error.
#define THIG_TRY_ASSIGN(name, expression)                                       \
  auto name##_result = (expression);                                            \
  if (!name##_result) return std::unexpected(std::move(name##_result).error()); \
  auto name = std::move(*name##_result)  // NOLINT(bugprone-macro-parentheses)

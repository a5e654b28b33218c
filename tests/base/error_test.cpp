#include "core/base/error.h"

#include "tests/support/remark_text.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace thig;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::invalid, "odd", "give an even number");
  return number / 2;
}

Result<int> quarter(int number) {
  THIG_TRY_ASSIGN(once, half(number));
  THIG_TRY_ASSIGN(twice, half(once));
  return twice;
}

Status check_quarter(int number) {
  THIG_TRY(quarter(number));
  return {};
}

}  // namespace

TEST_CASE("every kind of error has a name of its own") {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.emplace(error_code_name(static_cast<ErrorCode>(code)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ErrorCode::internal) + 1);
  CHECK_FALSE(names.contains("unknown"));
  CHECK(error_code_name(ErrorCode::not_found) == "NOT_FOUND");
  CHECK(error_code_name(ErrorCode::usage) == "USAGE");
}

TEST_CASE("an error leaves through THIG_TRY with all it carries") {
  CHECK(quarter(12).value() == 3);
  const Status status = check_quarter(6);
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().code == ErrorCode::invalid);
  CHECK(status.error().text == "odd");
  CHECK(remark_text(status.error().hint) == "give an even number");
}

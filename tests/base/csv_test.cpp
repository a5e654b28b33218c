#include "core/base/csv.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

std::string row(std::initializer_list<std::string_view> cells) {
  std::string out;
  append_csv_row(out, cells);
  return out;
}

}  // namespace

TEST_CASE("cells are quoted where they have to be") {
  CHECK(row({"a", "", "b c"}) == "a,,b c\r\n");
  CHECK(row({"a,b", "say \"x\"", "two\nlines", "two\r\nlines"}) ==
        "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"two\r\nlines\"\r\n");
  CHECK(row({"\""}) == "\"\"\"\"\r\n");
}

TEST_CASE("no cell is a formula") {
  struct {
    std::string_view cell;
    std::string_view written;
  } const table[] = {
      {"=1+1", "'=1+1"},
      {"+1", "'+1"},
      {"-1", "'-1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1", "'\t=1"},
      {"\r=1", "\"'\r=1\""},
      {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
      {"a=1", "a=1"},
      {" =1", " =1"},
      {"'=1", "'=1"},
      {"{\"a\":1}", "\"{\"\"a\"\":1}\""},
  };
  for (const auto& [cell, written] : table) {
    CAPTURE(cell);
    CHECK(row({cell}) == std::string(written) + "\r\n");
  }
}

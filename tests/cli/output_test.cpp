#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>

namespace thig {

namespace {
const std::string much(100'000, 'x');
}

TEST_CASE("what is written is held until it is sent, or forever") {
  TextOutput out{false};
  out.write(much);
  CHECK(out.text().empty());
  out.discard();
  CHECK(out.flush());
  CHECK(out.text().empty());
}

TEST_CASE("a stream is sent piece by piece, its end by the flush") {
  TextOutput out{false};
  out.write("first ");
  out.stream();
  out.write("second ");
  CHECK(out.text().empty());
  out.write(much);
  CHECK(out.text() == "first second " + much);
  out.line("end");
  CHECK(out.flush());
  CHECK(out.text() == "first second " + much + "end\n");
}

TEST_CASE("what goes wrong in a stream is told at its end, and nothing is held meanwhile") {
  TextOutput out{false};
  out.stream();
  out.break_off(ErrorCode::file);
  for (int i = 0; i < 3; ++i) out.write(much);
  CHECK(out.held() == 0);
  out.line("end");
  CHECK(out.flush().error().code == ErrorCode::file);

  TextOutput left{false};
  left.stream();
  left.lose_reader();
  left.write(much);
  CHECK(left.gone());
  CHECK(left.flush());
  CHECK(left.text().empty());
}

TEST_CASE("JSON is written so that no terminal takes it for anything but text") {
  TextOutput out{false};
  out.write_json();
  out.line("{\"c1\":\"\u009b31m\u0080\",\"del\":\"\x7f\",\"line\":\"\u2028\u2029\",");
  out.write("\"bidi\":\"\u202e\u202a\u2066\u2069\u200f\u061c\",\"bom\":\"\ufeff\",");
  out.line("\"kept\":\"\u00a0Zoë 🦊 你好 \u2027\u202f\u2065\"}");
  CHECK(out.flush());
  CHECK(out.text() ==
        "{\"c1\":\"\\u009b31m\\u0080\",\"del\":\"\\u007f\",\"line\":\"\\u2028\\u2029\",\n"
        "\"bidi\":\"\\u202e\\u202a\\u2066\\u2069\\u200f\\u061c\",\"bom\":\"\\ufeff\","
        "\"kept\":\"\u00a0Zoë 🦊 你好 \u2027\u202f\u2065\"}\n");
  TextOutput text{false};
  text.write("\u2028");
  CHECK(text.flush());
  CHECK(text.text() == "\u2028");
}

}  // namespace thig

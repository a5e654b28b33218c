#include "tests/cli/cli_run.h"

#include <doctest/doctest.h>

namespace thig {

namespace {
const std::string much(100'000, 'x');
}

TEST_CASE("what is written is held until it is sent, or for ever") {
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

}  // namespace thig

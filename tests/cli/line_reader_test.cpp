#include "cli/files/line_reader.h"

#include <array>
#include <optional>

#include <doctest/doctest.h>
#include <unistd.h>

namespace thig {
namespace {

class Pipe {
 public:
  Pipe() { REQUIRE(pipe(fds_.data()) == 0); }
  ~Pipe() {
    end();
    close(fds_[0]);
  }
  void write(std::string_view text) {
    REQUIRE(::write(fds_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void end() {
    if (fds_[1] >= 0) close(fds_[1]);
    fds_[1] = -1;
  }
  int reading_end() const { return fds_[0]; }

 private:
  std::array<int, 2> fds_{};
};

// "line:…", "pause" or "end".
std::string next(LineReader& reader) {
  std::string_view line;
  const auto event = reader.next(line);
  REQUIRE(event);
  if (*event == LineReader::Event::line) return "line:" + std::string(line);
  return *event == LineReader::Event::pause ? "pause" : "end";
}

}  // namespace

TEST_CASE("lines come one by one, the last one without a line end too") {
  Pipe pipe;
  LineReader reader(pipe.reading_end(), 100);
  pipe.write("one\n\ntwo\nthree");
  pipe.end();
  CHECK(next(reader) == "line:one");
  CHECK(next(reader) == "line:");
  CHECK(next(reader) == "line:two");
  CHECK(next(reader) == "line:three");
  CHECK(next(reader) == "end");
  CHECK(next(reader) == "end");
  CHECK(reader.bytes_read() == 14);
}

TEST_CASE("a pause of the writer is seen, and a line may span it") {
  Pipe pipe;
  LineReader reader(pipe.reading_end(), 100);
  pipe.write("one\ntw");
  CHECK(next(reader) == "line:one");
  CHECK(next(reader) == "pause");
  pipe.write("o\nthree\n");
  CHECK(next(reader) == "line:two");
  CHECK(next(reader) == "line:three");
  CHECK(next(reader) == "pause");
  pipe.end();
  CHECK(next(reader) == "end");
}

TEST_CASE("of a line that is too long, one byte more than allowed is kept") {
  Pipe pipe;
  LineReader reader(pipe.reading_end(), 4);
  pipe.write("123456789\nab\n12345");
  CHECK(next(reader) == "line:12345");
  CHECK(next(reader) == "line:ab");
  CHECK(next(reader) == "pause");
  pipe.write("6789\ncd\n");
  pipe.end();
  CHECK(next(reader) == "line:12345");
  CHECK(next(reader) == "line:cd");
  CHECK(next(reader) == "end");
}

TEST_CASE("an empty input has no lines") {
  Pipe pipe;
  LineReader reader(pipe.reading_end(), 4);
  pipe.end();
  CHECK(next(reader) == "end");
}

TEST_CASE("what cannot be read is an error") {
  std::string_view line;
  LineReader reader(-1, 4);
  std::optional<Error> error;
  for (int i = 0; i < 2 && !error; ++i) {
    if (auto event = reader.next(line); !event) error = event.error();
  }
  REQUIRE(error);
  CHECK(error->code == ErrorCode::file);
}

}  // namespace thig

#include "cli/terminal/json_lines.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

// In pieces of this length, as a stream may come.
std::string lines_of(std::string_view json, std::size_t piece) {
  JsonLines lines;
  std::string out;
  for (; !json.empty(); json.remove_prefix(std::min(piece, json.size()))) {
    lines.add(json.substr(0, piece), out);
  }
  return out;
}

}  // namespace

TEST_CASE("each element of a list stands on a line, and what is no list stays as it is") {
  const struct {
    const char* json;
    const char* lines;
  } rows[] = {
      {"[]\n", ""},
      {"[1]\n", "1\n"},
      {"[{\"a\":[1,2]},{\"b\":\"],\\\"[\"}]\n", "{\"a\":[1,2]}\n{\"b\":\"],\\\"[\"}\n"},
      {"[[1,2],[3]]\n", "[1,2]\n[3]\n"},
      {"{\"a\":[1,2]}\n", "{\"a\":[1,2]}\n"},
      {"\"[1,2]\"\n", "\"[1,2]\"\n"},
      {"[1,2]\n[3]\n{}\n[]\n", "1\n2\n3\n{}\n"},
  };
  for (const auto& row : rows) {
    for (const std::size_t piece : {1u, 2u, 3u, 100u})
      CHECK(lines_of(row.json, piece) == row.lines);
  }
}

}  // namespace thig

#include "core/base/size.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("sizes are read in all their ways of writing") {
  const struct {
    const char* text;
    std::uint64_t bytes;
  } rows[] = {
      {"0", 0},
      {"4096", 4096},
      {"4096B", 4096},
      {"64KiB", 64u << 10},
      {"500MiB", 500u << 20},
      {"500mb", 500u << 20},
      {"500M", 500u << 20},
      {"1GiB", 1u << 30},
      {"1.5GiB", 3u << 29},
      {"2T", std::uint64_t{2} << 40},
      {"9007199254740992", std::uint64_t{1} << 53},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto size = parse_size(row.text);
    REQUIRE(size);
    CHECK(*size == row.bytes);
  }
}

TEST_CASE("what is no size is refused") {
  for (const char* text : {"", "MiB", ".5GiB", "1.2.3", "1 GiB", "-1", "+1", "1GiBs", "1e9", "0x10",
                           "9007199254740993K", "99999999999999999999999", "1PiB", "1B B", "iB"}) {
    INFO(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size);
    CHECK(size.error().code == ErrorCode::invalid);
    CHECK_FALSE(size.error().hint.empty());
  }
}

TEST_CASE("sizes are written in the largest unit, and can be read again") {
  const struct {
    std::uint64_t bytes;
    const char* text;
  } rows[] = {{0, "0B"},
              {1023, "1023B"},
              {1024, "1KiB"},
              {1536, "1.5KiB"},
              {1u << 30, "1GiB"},
              {(1u << 20) - 1, "1MiB"},
              {3u << 29, "1.5GiB"},
              {500u << 20, "500MiB"},
              {std::uint64_t{1} << 53, "8192TiB"}};
  for (const auto& row : rows) {
    CHECK(format_size(row.bytes) == row.text);
    CHECK(parse_size(row.text));
  }
}

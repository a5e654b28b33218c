#include "core/net/http_gzip.h"

#include "core/base/random.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/crc.hpp>
#include <doctest/doctest.h>

using namespace thig;

namespace {

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

// What was compressed, by RFC 1952; nothing if that is at fault.
std::optional<std::string> gunzip(std::string_view bytes) {
  namespace zlib = boost::beast::zlib;
  constexpr std::size_t header = 10;
  constexpr std::size_t trailer = 8;
  if (bytes.size() < header + trailer || !bytes.starts_with(std::string_view("\x1f\x8b\x08\0", 4)))
    return std::nullopt;
  const auto checksum = little_endian(bytes.substr(bytes.size() - 8));
  const auto size = little_endian(bytes.substr(bytes.size() - 4));
  std::string text(size + 1, '\0');
  zlib::inflate_stream stream;
  zlib::z_params params;
  params.next_in = bytes.data() + header;
  params.avail_in = bytes.size() - header - trailer;
  params.next_out = text.data();
  params.avail_out = text.size();
  boost::system::error_code error;
  stream.write(params, zlib::Flush::sync, error);
  if (error != zlib::error::end_of_stream || params.avail_in > 0) return std::nullopt;
  text.resize(params.total_out);
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  if (text.size() != size || crc.checksum() != checksum) return std::nullopt;
  return text;
}

std::string random_bytes(std::size_t size) {
  SeededRandom random(1);
  std::string bytes(size, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

TEST_CASE("what is compressed comes back whole") {
  constexpr std::size_t mebibyte = 1u << 20;
  std::string rows;
  for (int i = 0; rows.size() < mebibyte; ++i)
    rows += "<tr><td>" + std::to_string(i) + "</td></tr>";
  const struct {
    const char* name;
    std::string bytes;
    std::size_t most;
  } cases[] = {
      {"nothing", "", 20},
      {"one byte", "x", 21},
      {"one byte over and over", std::string(mebibyte, 'x'), 2'000},
      {"alike", rows, mebibyte / 4},
      {"random", random_bytes(mebibyte), mebibyte + mebibyte / 1'000},
  };
  for (const auto& each : cases) {
    CAPTURE(each.name);
    const auto compressed = gzip(each.bytes);
    CHECK(compressed.size() <= each.most);
    CHECK(compressed == gzip(each.bytes));
    const auto back = gunzip(compressed);
    CHECK((back.has_value() && *back == each.bytes));
  }
}

TEST_CASE("gzip is for those who say that they take it") {
  const struct {
    const char* header;
    bool accepted;
  } rows[] = {
      {"", false},
      {"gzip", true},
      {"GZip", true},
      {"x-gzip", true},
      {"gzip, deflate, br, zstd", true},
      {"br;q=1.0, gzip;q=0.8, *;q=0.1", true},
      {"deflate ,\tgzip ; q=0.001", true},
      {"gzip;Q=1", true},
      {"gzip;q=1.000", true},
      {"gzip;q=0.", false},
      {"gzip;q=0", false},
      {"gzip;q=0.000", false},
      {"*", true},
      {"*;q=0.5", true},
      {"*;q=0", false},
      {"*;q=0, gzip", true},
      {"gzip;q=0, *", false},
      {"*, gzip;q=0", false},
      {"identity", false},
      {"identity, *;q=0", false},
      {"br, deflate", false},
      {"gzipped", false},
      {"not-gzip", false},
      {",,", false},
      {", gzip,", true},
      {"gzip;", true},
      {"gzip;q=", false},
      {"gzip;q=2", false},
      {"gzip;q=1.5", false},
      {"gzip;q=-1", false},
      {"gzip;q=0.0001", false},
      {"gzip;q=0x1", false},
      {"gzip;q=.5", false},
      {"gzip;level=9", false},
  };
  for (const auto& row : rows) CHECK_MESSAGE(accepts_gzip(row.header) == row.accepted, row.header);
}

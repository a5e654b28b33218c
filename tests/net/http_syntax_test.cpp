#include "core/net/http_syntax.h"

#include "core/base/codec.h"

#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// 200 for a complete head, 0 for one that is not, else the refusal's status.
int scan(std::string_view bytes, std::size_t scanned = 0) {
  const auto end = scan_head(bytes, scanned);
  if (!end) return end.error().status;
  return *end == 0 ? 0 : 200;
}

int check(std::vector<Header> headers, int minor = 1, std::string target = "/") {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.headers = std::move(headers);
  const auto framing = check_head(request, minor);
  return framing ? 200 : framing.error().status;
}

}  // namespace

TEST_CASE("a head ends after its empty line, wherever it was cut on the way") {
  const std::string head = "POST /a?b HTTP/1.1\r\nHost: x\r\nA: \x80 b\t\r\n\r\n";
  const std::string bytes = head + "body\n\n\r\n\r\n";
  CHECK(scan_head(bytes, 0).value() == head.size());
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    CAPTURE(cut);
    CHECK(scan_head(std::string_view(bytes).substr(0, cut), 0).value() == 0);
    CHECK(scan_head(bytes, cut).value() == head.size());
  }
}

TEST_CASE("heads that could be read in two ways are refused, at the first byte that shows it") {
  struct Row {
    std::string bytes;
    int status;
  };
  const std::string start = "GET / HTTP/1.1\r\n";
  const std::vector<Row> rows = {
      {"GET / HTTP/1.1\n", 400},
      {"GET / HTTP/1.1\rH", 400},
      {start + "A: b\nC", 400},
      {start + "A: b\rC", 400},
      {start + std::string("A: b\0", 5), 400},
      {start + "A: b\x7f", 400},
      {start + "A: b\x01", 400},
      {start + "A : b\r\n", 400},
      {start + " A: b\r\n", 400},
      {start + "A: b\r\n c\r\n", 400},
      {start + "A: b\r\n\tc\r\n", 400},
      {start + ": b\r\n", 400},
      {start + "\xc3\xa4: b\r\n", 400},
      {start + "A\r\n", 400},
      {start + "A(b): c\r\n", 400},
      {"\r\n", 400},
      {" GET / HTTP/1.1\r\n", 400},
      {"GET  / HTTP/1.1\r\n", 400},
      {"GET / a HTTP/1.1\r\n", 400},
      {"GET /\r\n", 400},
      {"GET / HTTP/1.1 \r\n", 400},
      {"GET\t/ HTTP/1.1\r\n", 400},
      {"GET /\xc3\xa4 HTTP/1.1\r\n", 400},
      {"G(T / HTTP/1.1\r\n", 400},
      {"GET / http/1.1\r\n", 400},
      {"GET / HTTP/1.32\r\n", 400},
      {"GET / HTTP/9.9\r\n", 505},
      {"GET / HTTP/0.9\r\n", 505},
      {"PRI * HTTP/2.0\r\n", 505},
      {"\x16\x03\x01\x02", 400},
      {"GET / HTTP/1.1\r\n", 0},
      {"GET / HTTP/1.0\r\n\r\n", 200},
      {start + "\r\n", 200},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(scan(row.bytes) == row.status, printable(row.bytes));
  }
}

TEST_CASE("a body is delimited in one way only") {
  const Header host{"host", "x"};
  struct Row {
    std::vector<Header> headers;
    int status;
  };
  const auto length = [](const char* value) { return Header{"content-length", value}; };
  const auto coding = [](const char* value) { return Header{"transfer-encoding", value}; };
  const std::vector<Row> rows = {
      {{host}, 200},
      {{host, length("0")}, 200},
      {{host, length("5")}, 200},
      {{host, length("5"), length("5")}, 400},
      {{host, length("5"), length("6")}, 400},
      {{host, length("5, 5")}, 400},
      {{host, length("+1")}, 400},
      {{host, length("-1")}, 400},
      {{host, length("1_0")}, 400},
      {{host, length("0x10")}, 400},
      {{host, length("")}, 400},
      {{host, length("10000000000000000000000000000000000000000")}, 400},
      {{host, coding("chunked")}, 200},
      {{host, coding("Chunked")}, 200},
      {{host, coding("chunked"), length("5")}, 400},
      {{host, coding("chunked"), coding("chunked")}, 400},
      {{host, coding("")}, 400},
      {{host, coding("pigeons")}, 400},
      {{host, coding("xchunked")}, 400},
      {{host, coding("chunked, identity")}, 400},
      {{host, coding("gzip, chunked")}, 400},
      {{host, {"expect", "100-continue"}}, 200},
      {{host, {"expect", "200-ok"}}, 417},
      {{}, 400},
      {{host, host}, 400},
      {{{"host", ""}}, 400},
      {{{"host", "a b"}}, 400},
      {{{"host", "a/b"}}, 400},
      {{{"host", "user@a"}}, 400},
      {{{"host", "[::1]:8443"}}, 200},
  };
  for (const auto& row : rows) {
    std::string name;
    for (const auto& header : row.headers) name += header.name + ": " + header.value + "; ";
    CHECK_MESSAGE(check(row.headers) == row.status, name);
  }
  CHECK(check({coding("chunked")}, 0) == 400);
  CHECK(check({}, 0) == 200);
}

TEST_CASE("the target is a path of at most 2 KiB, and the headers are at most 64") {
  const std::vector<Header> host = {{"host", "x"}};
  CHECK(check(host, 1, "/a?b") == 200);
  CHECK(check(host, 1, "*") == 400);
  CHECK(check(host, 1, "http://x/") == 400);
  CHECK(check(host, 1, "/a#b") == 400);
  CHECK(check(host, 1, "/" + std::string(2047, 'a')) == 200);
  CHECK(check(host, 1, "/" + std::string(2048, 'a')) == 414);
  std::vector<Header> many(64, {"a", "b"});
  many[0] = host[0];
  CHECK(check(many) == 200);
  many.push_back({"a", "b"});
  CHECK(check(many) == 431);
}

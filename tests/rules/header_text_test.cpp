#include "core/rules/header_text.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("headers are read as programs print them") {
  const std::vector<Header> expected = {{"Webhook-Id", "dlv_1"}, {"x-empty", ""}, {"Date", "a: b"}};
  for (const std::string_view text : {
           "Webhook-Id: dlv_1\nx-empty:\nDate: a: b\n",
           "Webhook-Id: dlv_1\r\nx-empty: \r\nDate:\ta: b  \r\n",
           "POST /hook?a=1 HTTP/1.1\r\nWebhook-Id: dlv_1\r\nx-empty:\r\nDate: a: "
           "b\r\n\r\n{\"body\":1}",
           "HTTP/2 200\nWebhook-Id:dlv_1\nx-empty:\nDate: a: b",
           "> POST / HTTP/1.1\n> Webhook-Id: dlv_1\n> x-empty:\n> Date: a: b\n>\n> more",
           "* Trying 127.0.0.1...\n> POST / HTTP/1.1\n> Webhook-Id: dlv_1\n> x-empty:\n> Date: a: "
           "b\n> \n} [5 bytes data]\n< HTTP/1.1 200 OK\n< Date: other\n",
           "\n\nWebhook-Id: dlv_1\nx-empty:\nDate: a: b\n\nnot read",
       }) {
    INFO(text);
    const auto headers = parse_header_text(text);
    REQUIRE_MESSAGE(headers, headers.error().text);
    CHECK(*headers == expected);
  }
}

TEST_CASE("only a request line is skipped, never a header that looks like one") {
  const auto headers = parse_header_text("webhook-signature: v1,x HTTP/1.1\na: 1\n");
  REQUIRE(headers);
  CHECK(headers->size() == 2);
}

TEST_CASE("what is no list of headers is refused, with the line") {
  const struct {
    std::string text;
    std::string problem;
  } rows[] = {
      {"", "no headers found"},
      {"\n\n", "no headers found"},
      {"POST / HTTP/1.1\n", "no headers found"},
      {"a: 1\nwhsec_secret\n", "line 2 is not a valid header"},  // never repeated
      {"a: 1\n folded\n", "line 2 is not a valid header"},
      {": 1\n", "line 1 is not a valid header"},
      {"a b: 1\n", "line 1 is not a valid header"},
      {"a: 1\nGET / HTTP/1.1\n", "line 2 is not a valid header"},
      {"a b HTTP/1.1 c: 1\nb: x HTTP/1.1\nc\n", "line 3 is not a valid header"},
      {std::string("a: 1\0b: 2", 9), "the headers contain a NUL byte"},
      {"{\"webhook-id\": 1}", "line 1 is not a valid header"},
      {"a: " + std::string(1 << 20, 'x'), "the headers are longer than 1 MiB"},
      {std::string(100, 'x') + "\x1b", "line 1 is not a valid header"},
  };
  for (const auto& row : rows) {
    INFO(row.problem);
    const auto headers = parse_header_text(row.text);
    REQUIRE_FALSE(headers);
    CHECK(headers.error().code == ErrorCode::invalid);
    CHECK(headers.error().text == row.problem);
  }
}

// The handshakes by GET, and what else a GET gets.
#include "core/incoming/challenge.h"

#include "tests/incoming/requests.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a GET with a challenge gets it back, decoded, as text") {
  const struct {
    std::string query;
    std::string answer;
  } cases[] = {
      {"challenge=abc", "abc"},
      {"a=1&challenge=a%20b+c&challenge=later", "a b c"},
      {"challenge=%3Cscript%3E", "<script>"},
      {"challenge=" + std::string(1024, 'x'), std::string(1024, 'x')},
  };
  for (const auto& c : cases) {
    CAPTURE(c.query);
    const HttpResponse response = answer_get(served(), c.query);
    CHECK(response.status == 200);
    CHECK(response.body == c.answer);
    CHECK(is_plain_text(response));
  }
}

TEST_CASE("what could be more than text is not given back") {
  for (const std::string& value : {std::string(1025, 'x'), std::string("%0d%0aset-cookie:x"),
                                   std::string("a%00b"), std::string("%7f"), std::string("%c3%a9"),
                                   std::string("%ff"), std::string("%09"), std::string()}) {
    CAPTURE(value);
    const HttpResponse response = answer_get(served(), "challenge=" + value);
    CHECK(response.status == 400);
    CHECK(error_code(response) == "BAD_CHALLENGE");
    CHECK(header_of(response, "content-type") == "application/json");
  }
}

TEST_CASE("Meta's challenge is given back for the webhook's verify token alone") {
  const struct {
    std::string set;
    std::string query;
    int status;
  } cases[] = {
      {"tok en", "hub.mode=subscribe&hub.verify_token=tok%20en&hub.challenge=1158201444", 200},
      {"tok en", "hub.challenge=1158201444&hub.verify_token=tok+en&hub.mode=subscribe", 200},
      {"token", "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1158201444", 403},
      {"token", "hub.mode=subscribe&hub.verify_token=toke&hub.challenge=1158201444", 403},
      {"token", "hub.mode=subscribe&hub.challenge=1158201444", 403},
      {"token", "hub.mode=unsubscribe&hub.verify_token=token&hub.challenge=1158201444", 403},
      // Nor is there a way round by the other challenge.
      {"token", "hub.mode=subscribe&challenge=1158201444", 403},
      // Without one, nothing is accepted, an empty one neither.
      {"", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1158201444", 403},
      {"", "hub.mode=subscribe&hub.challenge=1158201444", 403},
      {"token", "hub.mode=subscribe&hub.verify_token=token", 400},
      {"token", "hub.mode=subscribe&hub.verify_token=token&hub.challenge=%0a", 400},
  };
  for (const auto& c : cases) {
    CAPTURE(c.query);
    ServedHook hook = served("meta");
    hook.hook.verify_token = c.set;
    const HttpResponse response = answer_get(hook, c.query);
    CHECK(response.status == c.status);
    if (c.status == 200) {
      CHECK(response.body == "1158201444");
      CHECK(is_plain_text(response));
    } else {
      CHECK(error_code(response) == (c.status == 403 ? "FORBIDDEN" : "BAD_CHALLENGE"));
      CHECK_FALSE(response.body.contains("1158201444"));
    }
  }
}

TEST_CASE("any other GET is told how requests are sent") {
  for (const std::string query : {"", "a=1", "hub.challenge=1", "Challenge=1"}) {
    CAPTURE(query);
    const HttpResponse response = answer_get(served(), query);
    CHECK(response.status == 405);
    CHECK(error_code(response) == "METHOD_NOT_ALLOWED");
    CHECK(header_of(response, "allow") == "GET, POST");
  }
}

TEST_CASE("a message is no handshake") {
  CHECK_FALSE(answer_unsigned_handshake("").has_value());
  CHECK_FALSE(answer_unsigned_handshake("validationtoken=x&a=validationToken").has_value());
  for (const std::string scheme : {"", "slack", "zoom", "discord", "github"}) {
    CAPTURE(scheme);
    for (const std::string body :
         {"{}", "[]", "1", R"("url_verification")", R"({"type":null})",
          R"({"type":"event_callback","event":{}})", R"({"event":{"plainToken":"x"}})"}) {
      CAPTURE(body);
      CHECK_FALSE(answer_handshake(served(scheme), body).has_value());
    }
  }
}

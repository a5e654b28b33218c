#include "core/rules/request_secrets.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("what is secret is known by a part of its name") {
  for (const char* name :
       {"token", "x-api-key", "X-Gitlab-Token", "authorization", "Proxy-Authorization", "cookie",
        "x_access_token", "auth.token", "hub.verify_token", "client_secret", "session", "x-auth",
        "db.password", "x-amz-credential"}) {
    CHECK_MESSAGE(is_secret_name(name), name);
  }
  for (const char* name : {"x-github-event", "author", "keys", "tokenizer", "x-monkey", "cookies2",
                           "authority", "", "-", "x-request-id", "user-agent"}) {
    CHECK_MESSAGE(!is_secret_name(name), name);
  }
  // Names of deliveries.
  for (const char* name : {"idempotency-key", "x-idempotency-key", "Idempotency-Key", "webhook-id",
                           "x-github-delivery"}) {
    CHECK_MESSAGE(!is_secret_name(name), name);
  }
}

TEST_CASE("a request is masked where something of it is secret") {
  CHECK_FALSE(mask_request(R"({"x-kind":"a"})", "page=2"));
  CHECK_FALSE(mask_request("{}", ""));
  const auto headers = mask_request(R"({"x-kind":"a","x-api-key":"k","host":"h"})", "a=1");
  REQUIRE(headers);
  CHECK(headers->headers == R"({"x-kind":"a","x-api-key":null,"host":"h"})");
  CHECK(headers->query == "a=1");

  const struct {
    const char* query;
    const char* masked;
  } rows[] = {
      {"token=abc", "token=(sealed)"},
      {"a=1&token=abc&b=2", "a=1&token=(sealed)&b=2"},
      {"token=a&token=b", "token=(sealed)&token=(sealed)"},
      {"%74oken=abc", "%74oken=(sealed)"},
      {"api+key=1&access_token=%20", "api+key=1&access_token=(sealed)"},
      {"token", "token=(sealed)"},
      {"&&token=a&", "&&token=(sealed)&"},
      {"TOKEN=a=b", "TOKEN=(sealed)"},
  };
  for (const auto& row : rows) {
    const auto masked = mask_request("{}", row.query);
    REQUIRE_MESSAGE(masked, row.query);
    CHECK_MESSAGE(masked->query == row.masked, row.query);
    CHECK(masked->headers == "{}");
  }
}

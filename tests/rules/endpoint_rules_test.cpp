#include "core/rules/endpoint_rules.h"

#include "core/rules/retry_schedule.h"

#include <functional>
#include <limits>
#include <string>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

Endpoint good_endpoint() {
  Endpoint endpoint;
  endpoint.name = "crm";
  endpoint.url = "https://crm.example.com/";
  endpoint.events = {"project.*"};
  endpoint.retry = default_retry_schedule();
  return endpoint;
}

}  // namespace

TEST_CASE("names of webhooks") {
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "ë";
  for (const std::string& name : {std::string("crm"), std::string("CRM (new) – Zoë 🦊"),
                                  std::string("x"), std::string("what_is"), hundred}) {
    CHECK_MESSAGE(check_endpoint_name(name).has_value(), name);
  }
  for (const std::string& name :
       {std::string(""), std::string(" crm"), std::string("crm "), std::string(" "),
        std::string("a\nb"), std::string("a\tb"), std::string("a\0b", 3), std::string("\x1b[31m"),
        std::string("a\x7f"), std::string("a\xc2\x9b"), std::string("a\xff"),
        std::string("wh_00000000"), std::string("dlv_x"), std::string("evt_"), hundred + "x"}) {
    const Status status = check_endpoint_name(name);
    REQUIRE_MESSAGE(!status.has_value(), name);
    CHECK(status.error().code == ErrorCode::invalid);
  }
  CHECK_FALSE(check_endpoint_name(std::string(1'000'000, 'x')).has_value());
  CHECK_FALSE(check_endpoint_name(std::string(1'000'000, '\n')).has_value());
}

TEST_CASE("extra headers") {
  for (const std::string name : {"X-Team", "Authorization", "x", "X_a!#$%&'*+.^`|~1", "webhooks",
                                 "Cookie", "X-Webhook-Signature"}) {
    CHECK_MESSAGE(check_extra_header({name, "value"}).has_value(), name);
  }
  for (const std::string name : {"",
                                 "X Team",
                                 "X:Team",
                                 "X-Téam",
                                 "X\r\nY",
                                 "X-Team ",
                                 "Host",
                                 "content-length",
                                 "Content-Type",
                                 "CONTENT-ENCODING",
                                 "Transfer-Encoding",
                                 "connection",
                                 "Keep-Alive",
                                 "TE",
                                 "Trailer",
                                 "Upgrade",
                                 "Expect",
                                 "User-Agent",
                                 "Webhook-Id",
                                 "webhook-signature",
                                 "Webhook-Anything",
                                 "Proxy-Authorization",
                                 "Accept-Encoding"}) {
    CHECK_MESSAGE(!check_extra_header({name, "value"}).has_value(), name);
  }
  CHECK_FALSE(check_extra_header({std::string(101, 'x'), "value"}).has_value());

  CHECK(check_extra_header({"X-A", "Bearer abc ~!\"#"}).has_value());
  CHECK(check_extra_header({"X-A", std::string(1024, 'v')}).has_value());
  for (const std::string& value :
       {std::string(""), std::string("a\r\nX-B: c"), std::string("a\nb"), std::string("a\tb"),
        std::string("a\0b", 3), std::string("é"), std::string("\x7f"), std::string(1025, 'v')}) {
    CHECK_MESSAGE(!check_extra_header({"X-A", value}).has_value(), value);
  }
}

TEST_CASE("an error about a header does not repeat its value, which may be a secret") {
  const Status status = check_extra_header({"Authorization", "Bearer s3cr3t\n"});
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().text.find("s3cr3t") == std::string::npos);
}

TEST_CASE("settings within their bounds are accepted, at both ends") {
  CHECK(check_endpoint(good_endpoint()).has_value());
  const std::function<void(Endpoint&)> changes[] = {
      [](Endpoint& e) { e.timeout = 1s; },
      [](Endpoint& e) { e.timeout = 60s; },
      [](Endpoint& e) { e.max_in_flight = 1; },
      [](Endpoint& e) { e.max_in_flight = 256; },
      [](Endpoint& e) { e.rate = 0.001; },
      [](Endpoint& e) { e.rate = 10'000; },
      [](Endpoint& e) { e.retry.clear(); },
      [](Endpoint& e) { e.description = std::string(500, 'd'); },
      [](Endpoint& e) { e.signature_header = "X-Webhook-Signature"; },
      [](Endpoint& e) { e.client_cert = "c.pem", e.client_key = "k.pem"; },
      [](Endpoint& e) {
        for (int i = 0; i < 20; ++i) e.headers.push_back({"X-" + std::to_string(i), "v"});
      },
  };
  for (const auto& change : changes) {
    Endpoint endpoint = good_endpoint();
    change(endpoint);
    const Status status = check_endpoint(endpoint);
    CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().text));
  }
}

TEST_CASE("settings outside their bounds are refused, each with its reason") {
  const struct {
    std::string reason;
    std::function<void(Endpoint&)> change;
  } rows[] = {
      {"name", [](Endpoint& e) { e.name = ""; }},
      {"no events", [](Endpoint& e) { e.events.clear(); }},
      {"timeout", [](Endpoint& e) { e.timeout = 999ms; }},
      {"timeout", [](Endpoint& e) { e.timeout = 60'001ms; }},
      {"not -1s", [](Endpoint& e) { e.timeout = -1000ms; }},
      {"in flight", [](Endpoint& e) { e.max_in_flight = 0; }},
      {"in flight", [](Endpoint& e) { e.max_in_flight = 257; }},
      {"rate", [](Endpoint& e) { e.rate = -0.1; }},
      {"rate", [](Endpoint& e) { e.rate = 10'000.1; }},
      {"rate", [](Endpoint& e) { e.rate = std::numeric_limits<double>::quiet_NaN(); }},
      {"rate", [](Endpoint& e) { e.rate = std::numeric_limits<double>::infinity(); }},
      {"retry", [](Endpoint& e) { e.retry = {1ms}; }},
      {"at most 20 waits", [](Endpoint& e) { e.retry.assign(21, 1min); }},
      {"longer than 500", [](Endpoint& e) { e.description = std::string(501, 'd'); }},
      {"control", [](Endpoint& e) { e.description = "a\x1b"; }},
      {"too many",
       [](Endpoint& e) {
         for (int i = 0; i < 21; ++i) e.headers.push_back({"X-" + std::to_string(i), "v"});
       }},
      {"cannot be set",
       [](Endpoint& e) {
         e.headers = {{"Host", "evil"}};
       }},
      {"given twice",
       [](Endpoint& e) {
         e.headers = {{"X-A", "1"}, {"x-a", "2"}};
       }},
      {"cannot be set", [](Endpoint& e) { e.signature_header = "webhook-signature"; }},
      {"not a valid header name", [](Endpoint& e) { e.signature_header = "a b"; }},
      {"given twice",
       [](Endpoint& e) {
         e.signature_header = "X-Sig", e.headers = {{"x-sig", "1"}};
       }},
      {"given together", [](Endpoint& e) { e.client_cert = "c.pem"; }},
      {"given together", [](Endpoint& e) { e.client_key = "k.pem"; }},
  };
  for (const auto& row : rows) {
    Endpoint endpoint = good_endpoint();
    row.change(endpoint);
    const Status status = check_endpoint(endpoint);
    REQUIRE_MESSAGE(!status.has_value(), row.reason);
    CHECK(status.error().code == ErrorCode::invalid);
    CHECK_MESSAGE(status.error().text.find(row.reason) != std::string::npos, status.error().text);
  }
}

#include "core/rules/egress_proxy.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a proxy has a scheme, a host and a port") {
  struct Row {
    const char* text;
    bool tls;
    const char* host;
    int port;
    const char* shown;
  };
  for (const auto& row :
       {Row{"http://proxy.example.com:3128", false, "proxy.example.com", 3128,
            "http://proxy.example.com:3128"},
        Row{"HTTPS://Proxy.Example.COM:443/", true, "proxy.example.com", 443,
            "https://proxy.example.com:443"},
        Row{"http://10.0.0.1:80", false, "10.0.0.1", 80, "http://10.0.0.1:80"},
        Row{"http://localhost:8080", false, "localhost", 8080, "http://localhost:8080"},
        Row{"http://[FD00::1]:3128", false, "fd00::1", 3128, "http://[fd00::1]:3128"}}) {
    const auto proxy = parse_proxy_url(row.text);
    REQUIRE_MESSAGE(proxy.has_value(), row.text);
    CHECK(proxy->tls == row.tls);
    CHECK(proxy->host == row.host);
    CHECK(proxy->port == row.port);
    CHECK(proxy->text == row.shown);
  }
}

TEST_CASE("other URLs of proxies are refused, and passwords in them not repeated") {
  for (const char* text :
       {"", "proxy:3128", "socks5://proxy:1080", "http://", "http://:3128", "http://proxy",
        "https://proxy/", "http://[fd00::1]", "http://proxy:0", "http://proxy:70000",
        "http://proxy:3128/path", "http://proxy:3128?x", "http://proxy:3128#x", "http://pro xy:1",
        "http://2130706433:80", "http://proxy:3128\r\nX: y", "http://pröxy:3128"}) {
    const auto proxy = parse_proxy_url(text);
    REQUIRE_FALSE_MESSAGE(proxy.has_value(), text);
    CHECK(proxy.error().code == ErrorCode::invalid);
  }
  for (const char* text : {"http://ann:s3cret@proxy:3128", "http://s3cret@proxy:3128"}) {
    const auto proxy = parse_proxy_url(text);
    REQUIRE_FALSE(proxy.has_value());
    CHECK(proxy.error().text.find("s3cret") == std::string::npos);
    CHECK(proxy.error().text.find("user name or password") != std::string::npos);
  }
}

TEST_CASE("credentials are a user name and a password, which may have colons and be empty") {
  EgressProxy proxy;
  REQUIRE(take_proxy_credentials(proxy, "ann:s3:cret"));
  CHECK(proxy.user == "ann");
  CHECK(proxy.password == "s3:cret");
  REQUIRE(take_proxy_credentials(proxy, "ann:"));
  CHECK(proxy.password.empty());
  for (const std::string& text :
       {std::string(), std::string("s3cret"), std::string(":s3cret"), std::string("ann:s3cret\nx"),
        std::string("ann:\x7fs3cret"), "ann:" + std::string(1100, 's')}) {
    const auto taken = take_proxy_credentials(proxy, text);
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().text.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("exceptions are hosts, addresses, and all hosts below a name") {
  for (const char* good :
       {"crm.example.com", "*.example.com", "10.0.0.1", "fd00::1", "localhost"}) {
    CHECK_MESSAGE(check_proxy_exception(good).has_value(), good);
  }
  for (const char* bad : {"", "*", "*.", "https://x", "x/y", "x:443", "*.*.x", "a b", "[::1]"}) {
    CHECK_MESSAGE(!check_proxy_exception(bad).has_value(), bad);
  }
  EgressProxy proxy;
  proxy.except = {"CRM.example.com", "*.Intern.example", "10.0.0.1",
                  "FD00::1",         "final.example.",   "*.below.example."};
  for (const char* direct : {"crm.example.com", "a.intern.example", "a.b.intern.example",
                             "10.0.0.1", "fd00::1", "final.example", "a.below.example"}) {
    CHECK_MESSAGE(bypasses_proxy(proxy, direct), direct);
  }
  for (const char* other : {"x.crm.example.com", "intern.example", "evilintern.example",
                            "10.0.0.10", "crm.example.com.evil.test"}) {
    CHECK_MESSAGE(!bypasses_proxy(proxy, other), other);
  }
}

TEST_CASE("each fault of a proxy has something that can be done about it, others none") {
  for (const Fault fault : {Fault::proxy_unreachable, Fault::proxy_tls, Fault::proxy_credentials,
                            Fault::proxy_refused, Fault::proxy_failed}) {
    CHECK(is_proxy_fault(fault));
    CHECK_FALSE(proxy_hint(fault).empty());
  }
  CHECK_FALSE(is_proxy_fault(Fault::own_files));
  CHECK_FALSE(is_proxy_fault(Fault::unknown));
  CHECK(proxy_hint(Fault::own_files).empty());
}

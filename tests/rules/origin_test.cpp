// Which requests that rely on a cookie may change something: by what the browser says of the page
// that makes them, and by the name we were asked for under.
#include "core/rules/origin.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

using Said = std::optional<std::string_view>;

// How we were reached: by this Host header, with TLS or not, and with this public URL.
struct Way {
  std::string host;
  bool tls = false;
  std::string public_url = {};
};

bool may_come(const Way& way, Said fetch_site, Said origin) {
  const std::vector<std::string> own = {origin_of_host(way.host, way.tls),
                                        origin_of_url(way.public_url)};
  return comes_from_own_page({.fetch_site = fetch_site, .origin = origin}, own);
}

}  // namespace

TEST_CASE("where a request comes from: Sec-Fetch-Site, else the Origin against the Host") {
  const Way ways[] = {
      {.host = "127.0.0.1:8081"},
      {.host = "hooks.example.com", .tls = true},
      {.host = "hooks.example.com:8443", .tls = true},
      {.host = "Hooks.Example.COM:443", .tls = true},
      {.host = "10.0.0.7:8081", .public_url = "https://hooks.example.com/base"},
  };
  const Said sites[] = {std::nullopt, "same-origin", "same-site", "cross-site",
                        "none",       "Same-Origin", "",          "same-origin, same-origin"};
  const Said origins[] = {std::nullopt,
                          "null",
                          "",
                          "http://127.0.0.1:8081",
                          "http://127.0.0.1",
                          "https://127.0.0.1:8081",
                          "https://hooks.example.com",
                          "http://hooks.example.com",
                          "https://hooks.example.com:443",
                          "https://hooks.example.com:8443",
                          "https://hooks.example.com.evil.com",
                          "https://hooks.example.com/",
                          "https://evil.com",
                          "http://10.0.0.7:8081"};
  // Of which origins each way is, where Sec-Fetch-Site does not say.
  const std::vector<std::string_view> own[] = {
      {"http://127.0.0.1:8081"},
      {"https://hooks.example.com"},
      {"https://hooks.example.com:8443"},
      {"https://hooks.example.com"},
      {"http://10.0.0.7:8081", "https://hooks.example.com"}};
  for (std::size_t i = 0; i < std::size(ways); ++i) {
    for (const Said& site : sites) {
      for (const Said& origin : origins) {
        CAPTURE(ways[i].host);
        CAPTURE(site.value_or("(none)"));
        CAPTURE(origin.value_or("(none)"));
        bool expected = false;
        if (site) {
          expected = *site == "same-origin";
        } else if (origin) {
          for (const std::string_view one : own[i]) expected = expected || one == *origin;
        }
        CHECK(may_come(ways[i], site, origin) == expected);
      }
    }
  }
}

TEST_CASE("a public URL that is not set is nobody's origin") {
  CHECK_FALSE(may_come({.host = "localhost"}, std::nullopt, ""));
  CHECK(origin_of_url("").empty());
  CHECK_FALSE(comes_from_own_page({.fetch_site = {}, .origin = ""}, {}));
}

TEST_CASE("the origin of a host and of a URL, as a browser writes it") {
  CHECK(origin_of_host("localhost:80", false) == "http://localhost");
  CHECK(origin_of_host("localhost:8080", false) == "http://localhost:8080");
  CHECK(origin_of_host("localhost:80", true) == "https://localhost:80");
  CHECK(origin_of_host("[::1]:8081", false) == "http://[::1]:8081");
  CHECK(origin_of_url("HTTPS://Hooks.example.com:443/a?b#c") == "https://hooks.example.com");
  CHECK(origin_of_url("http://h.example.com:8081?x") == "http://h.example.com:8081");
  for (const char* url : {"hooks.example.com", "ftp://h", "file:///x", "//h", "javascript:1"}) {
    CHECK_MESSAGE(origin_of_url(url).empty(), url);
  }
}

TEST_CASE("the host, the port and the path of a URL") {
  CHECK(host_of_url("https://Hooks.example.com:8443/a") == "hooks.example.com:8443");
  CHECK(host_of_url("http://[::1]:8081") == "[::1]:8081");
  CHECK(host_of_url("hooks.example.com").empty());
  CHECK(port_of_url("https://h.example.com:8443/a:1") == 8443);
  CHECK(port_of_url("http://[::1]:8081") == 8081);
  for (const char* url :
       {"https://h.example.com", "http://[2001:db8::1]/", "http://h:/", "http://h:x/", ""}) {
    CHECK_MESSAGE(port_of_url(url) == 0, url);
  }
  CHECK(path_of_url("https://h.example.com").empty());
  CHECK(path_of_url("https://h.example.com/").empty());
  CHECK(path_of_url("https://h.example.com/a/b/?c=/d") == "/a/b");
  CHECK(path_of_url("").empty());
}

TEST_CASE("which methods change nothing") {
  CHECK(is_safe_method("GET"));
  CHECK(is_safe_method("HEAD"));
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "", "GET "}) {
    CHECK_FALSE_MESSAGE(is_safe_method(method), method);
  }
}

#include "core/rules/cookie.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a cookie is found by its exact name") {
  const struct {
    const char* header;
    std::optional<std::string_view> value;
  } rows[] = {
      {"thig=abc", "abc"},
      {"a=1; thig=abc; b=2", "abc"},
      {"a=1;thig=abc;b=2", "abc"},
      {" \tthig=abc\t ; b=2", "abc"},
      {"thig=", ""},
      {"thig=a=b==", "a=b=="},
      {"thig=\"abc\"", "\"abc\""},
      {"", std::nullopt},
      {";", std::nullopt},
      {";;;=;", std::nullopt},
      {"thig", std::nullopt},
      {"Thig=abc", std::nullopt},
      {"xthig=abc", std::nullopt},
      {"thigx=abc", std::nullopt},
      {"thig =abc", std::nullopt},
      {"__Host-thig=abc", std::nullopt},
      {"a=thig=abc", std::nullopt},
      {"a=\"; thig=abc\"", "abc\""},  // as browsers read it: a quote hides nothing
      // Which of them is ours?
      {"thig=a; thig=b", std::nullopt},
      {"thig=a; thig=a", std::nullopt},
      {"thig=a; b=1; thig=", std::nullopt},
  };
  for (const auto& row : rows)
    CHECK_MESSAGE(find_cookie(row.header, "thig") == row.value, row.header);
  CHECK(find_cookie("thig=a; __Host-thig=b", "__Host-thig") == "b");
  CHECK_FALSE(find_cookie(std::string(8'000, ';'), "thig"));
}

TEST_CASE("the cookie of a session is for this host alone, and not for scripts") {
  using namespace std::chrono_literals;
  const SessionCookie plain({});
  const SessionCookie secure({.secure = true});
  CHECK(plain.begin("abc", 12h) == "thig=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200");
  CHECK(secure.begin("abc", 1500ms) ==
        "__Host-thig=abc; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=1");
  CHECK(secure.end() == "__Host-thig=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
  // A name that begins so needs all of this, and no Domain.
  CHECK(secure.name().starts_with("__Host-"));
  CHECK_FALSE(secure.begin("abc", 12h).contains("Domain"));
}

TEST_CASE("servers of one host have cookies of different names") {
  const struct {
    CookiePlace place;
    const char* name;
  } rows[] = {
      {{}, "thig"},
      {{.port = 80}, "thig"},
      {{.port = 443}, "thig-443"},
      {{.port = 8081}, "thig-8081"},
      {{.port = 8081, .path = "/hooks"}, "thig-8081%2Fhooks"},
      {{.secure = true}, "__Host-thig"},
      {{.secure = true, .port = 443}, "__Host-thig"},
      {{.secure = true, .port = 80}, "__Host-thig-80"},
      {{.secure = true, .port = 8443}, "__Host-thig-8443"},
      {{.secure = true, .path = "/ops/hooks"}, "__Host-thig%2Fops%2Fhooks"},
      // Whatever a public URL has in its path, it ends no cookie and begins no attribute.
      {{.path = "/a;b=c d,\"%2F"}, "thig%2Fa%3Bb%3Dc%20d%2C%22%252F"},
  };
  for (const auto& row : rows) CHECK(SessionCookie(row.place).name() == row.name);
}

// Below which paths a server may stand.
#include "core/rules/base_path.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a base path is made of plain names") {
  for (const char* path : {"/hooks", "/ops/hooks", "/a", "/a.b/c-d_e~f", "/..a", "/a..", "/..."}) {
    CHECK_MESSAGE(check_base_path(path), path);
  }
  for (const char* path : {"",          "/",
                           "hooks",     "hooks/",
                           "/hooks/",   "//",
                           "//hooks",   "/ops//hooks",
                           "/.",        "/..",
                           "/../hooks", "/hooks/..",
                           "/a/./b",    "/hooks?x",
                           "/hooks#x",  "/a b",
                           "/a%2fb",    "/%2e%2e",
                           "/a\\b",     "/a;b",
                           "/a\"><b",   "/a\r\nset-cookie: x",
                           "/\xc3\xa4", "https://h.example.com/hooks"}) {
    const auto checked = check_base_path(path);
    REQUIRE_MESSAGE(!checked, path);
    CHECK(checked.error().code == ErrorCode::usage);
    CHECK_FALSE(checked.error().hint.empty());
  }
  CHECK(check_base_path("/" + std::string(199, 'a')));
  CHECK_FALSE(check_base_path("/" + std::string(200, 'a')));
}

TEST_CASE("a public URL and a base path say the same, or one of them says it") {
  const struct {
    const char* url;
    const char* path;
    const char* whole;
  } rows[] = {
      {"https://h.example.com", "", "https://h.example.com"},
      {"https://h.example.com", "/hooks", "https://h.example.com/hooks"},
      {"https://h.example.com/hooks", "", "https://h.example.com/hooks"},
      {"https://h.example.com/hooks", "/hooks", "https://h.example.com/hooks"},
  };
  for (const auto& row : rows) CHECK(url_below(row.url, row.path) == std::string(row.whole));
  for (const char* url : {"https://h.example.com/other", "https://h.example.com/hooks/more",
                          "https://h.example.com/Hooks"}) {
    const auto whole = url_below(url, "/hooks");
    REQUIRE_FALSE(whole);
    CHECK(whole.error().code == ErrorCode::usage);
  }
}

#include "core/rules/client_name.h"

#include "core/base/codec.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a browser is called what people call it") {
  const struct {
    const char* user_agent;
    const char* name;
  } rows[] = {
      {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
       "Firefox on Linux"},
      {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 "
       "Safari/537.36",
       "Chrome on Linux"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
       "Edge on Windows"},
      {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
       "Version/17.4 Safari/605.1.15",
       "Safari on macOS"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) CriOS/138.0.0.0 Mobile/15E148 Safari/604.1",
       "Chrome on iPhone"},
      {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/138.0.0.0 Mobile Safari/537.36",
       "Chrome on Android"},
      {"curl/7.88.1", "curl"},
      {"python-requests/2.31", "python-requests"},
      {"Firefox/128.0", "Firefox"},
      {"", "unknown"},
      {"  ", "unknown"},
      {"(none)", "unknown"},
      {"\x1b[31mred", "\\x1b[31mred"},
  };
  for (const auto& row : rows) CHECK(client_name(row.user_agent) == row.name);
}

TEST_CASE("whatever a client calls itself, its name is short and can be shown") {
  for (const std::string& name :
       {std::string(8'000, 'x'), std::string(100, '\xff'), std::string(100, '\0'),
        std::string("x\xc3\xa4") + std::string(60, '\n')}) {
    const std::string shown = client_name(name);
    CHECK(shown.size() <= 40);
    CHECK(is_plain_text(shown));
    CHECK(printable(shown) == shown);
  }
}

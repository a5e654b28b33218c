// A message that others have published, in files, for the commands about signatures.
#pragma once

#include "tests/cli/cli_run.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace thig {

inline const std::string official_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
inline const std::string official_body = R"({"test": 2432232314})";
inline const std::string official_headers =
    "POST /hook HTTP/1.1\r\n"
    "WEBHOOK-ID: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"
    "Webhook-Timestamp: 1614265330\r\n"
    "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n";

// A home with that message in files.
struct Mailbox : CliHome {
  std::string secret = file("secret", official_secret + "\n");
  std::string headers = file("headers", official_headers);
  std::string body = file("body", official_body);

  CliResult verify(std::vector<std::string> more) {
    std::vector<std::string> words = {"verify", "--now", "1614265340"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  CliResult verify_official(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"--secret-file", secret,   "--headers",
                                      headers,         "--body", body};
    words.insert(words.end(), more.begin(), more.end());
    return verify(words);
  }
};

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace thig

// A signed message whose signatures are published, and what tests of signatures do with it.
#pragma once

#include "core/rules/signing.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace thig::published_sample {

// Published with the Standard Webhooks libraries, whose tests share them.
inline constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
inline constexpr std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
inline constexpr std::int64_t at = 1'614'265'330;
inline constexpr std::string_view body = R"({"test": 2432232314})";
inline constexpr std::string_view v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
// HMAC-SHA256 of "1614265330.{…}" with the secret's text as the key.
inline constexpr std::string_view t1_hex =
    "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964";

inline std::vector<SigningKey> keys_of(std::vector<std::string_view> secrets) {
  std::vector<SigningKey> keys;
  for (const std::string_view text : secrets) keys.push_back(signing_key(text));
  return keys;
}

inline std::string text(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) joined += part;
  return joined;
}

}  // namespace thig::published_sample

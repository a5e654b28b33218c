// The text forms of enums and of other small values.
#include "core/model/delivery.h"
#include "core/model/endpoint.h"
#include "core/model/member.h"
#include "core/model/outcome.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("enums that are read back") {
  for (const auto mode : {SignatureMode::both, SignatureMode::standard, SignatureMode::thig}) {
    CHECK(parse_signature_mode(to_text(mode)) == mode);
  }
  for (const auto state : {DeliveryState::pending, DeliveryState::delivered, DeliveryState::dead,
                           DeliveryState::missed, DeliveryState::cancelled, DeliveryState::test}) {
    CHECK(parse_delivery_state(to_text(state)) == state);
  }
  for (const auto role : {Role::owner, Role::admin, Role::member, Role::viewer}) {
    CHECK(parse_role(to_text(role)) == role);
  }
  for (const std::string other : {"", "Both", "unknown", "both "}) {
    CHECK_FALSE(parse_signature_mode(other));
    CHECK_FALSE(parse_delivery_state(other));
    CHECK_FALSE(parse_role(other));
  }
}

TEST_CASE("names that users and scripts rely on") {
  CHECK(to_text(SignatureMode::thig) == "thig");
  CHECK(to_text(DeliveryState::dead) == "dead");
  CHECK(to_text(Role::owner) == "owner");
  CHECK(to_text(EndpointState::enabled) == "enabled");
  CHECK(to_text(EndpointState::disabled) == "disabled");
  CHECK(to_text(DisabledBy::nobody) == "nobody");
  CHECK(to_text(DisabledBy::member) == "member");
  CHECK(to_text(DisabledBy::failures) == "failures");
  CHECK(to_text(DisabledBy::gone) == "gone");
  CHECK(to_text(FailureKind::timeout) == "timeout");
  CHECK(to_text(FailureKind::bad_answer) == "bad_answer");
  CHECK(to_text(static_cast<Role>(99)) == "unknown");
}

TEST_CASE("success is 2xx and nothing else") {
  for (const int status : {200, 204, 299}) CHECK(is_success(Responded{status, {}, {}, {}}));
  for (const int status : {0, 100, 199, 300, 301, 404, 410, 500, 2000}) {
    CHECK_FALSE(is_success(Responded{status, {}, {}, {}}));
  }
  CHECK_FALSE(is_success(TransportFailed{FailureKind::timeout, "x"}));
  CHECK_FALSE(is_success(Refused{"x"}));
  CHECK_FALSE(is_success(Interrupted{}));
}

TEST_CASE("an outcome is described in one line") {
  CHECK(describe(Responded{503, {}, {}, "long body"}) == "503");
  CHECK(describe(TransportFailed{FailureKind::timeout, "no answer within 10s"}) ==
        "timeout: no answer within 10s");
  CHECK(describe(TransportFailed{FailureKind::dns, ""}) == "dns");
  CHECK(describe(Refused{"10.0.0.7 is private"}) == "refused: 10.0.0.7 is private");
  CHECK(describe(Interrupted{}) == "interrupted");
}

TEST_CASE("of a secret only the end is shown") {
  CHECK(masked_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == "whsec_…LaSw");
  CHECK(masked_secret("a plain secret") == "…cret");
  CHECK(masked_secret("whsec_abcde") == "whsec_…");
  CHECK(masked_secret("short") == "…");
  CHECK(masked_secret("") == "…");
  CHECK(masked_secret("a secret ending in ë🦊") == "…🦊");
  CHECK(masked_secret("a secret ending in 🦊ë!") == "…ë!");  // not from inside the fox
}

TEST_CASE("secrets in the midst of a message are masked") {
  struct Row {
    const char* text;
    const char* masked;
  };
  const Row rows[] = {
      {"cannot open whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw: gone", "cannot open whsec_…LaSw: gone"},
      {"\"whsk_6Xb/dCcHpPea21PS\" twice whsec_AAECAwQFBgcI", "\"…21PS\" twice whsec_…BgcI"},
      {"no whsec_MfKQ%2F9r8GKYq.rTwjUPD8ILPZIo2LaLaSw!", "no whsec_…aSw!"},
      {"'whsec_MfKQ9r8G\u2026KYqrTwjUPD8', (whsk_6Xb-dCcH_pPea21PS)", "'whsec_…UPD8', (…21PS)"},
      {"whsec_…LaSw", "whsec_…LaSw"},
      {"whsec_ and the base64 of 24 to 64 bytes", "whsec_ and the base64 of 24 to 64 bytes"},
      {"nothing", "nothing"},
      {"", ""},
  };
  for (const Row& row : rows) CHECK(with_masked_secrets(row.text) == row.masked);
}

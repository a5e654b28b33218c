#include "core/net/certificate.h"

#include "tests/support/certificate_facts.h"

#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

constexpr Time kNow = Time{std::chrono::hours(490'000)};  // in November 2025

Certificate make(std::vector<std::string> names) {
  auto made = make_self_signed(names, kNow, std::chrono::hours(24));
  REQUIRE(made.has_value());
  return *made;
}

}  // namespace

TEST_CASE("a self-signed certificate is for the names it was made for, and no others") {
  const ParsedCertificate facts(make({"localhost", "hooks.test", "127.0.0.1", "::1"}).certificate);
  for (const char* name : {"localhost", "hooks.test"}) {
    CHECK_MESSAGE(facts.is_for_host(name), name);
  }
  for (const char* address : {"127.0.0.1", "::1"}) {
    CHECK_MESSAGE(facts.is_for_address(address), address);
  }
  CHECK(!facts.is_for_host("other.test"));
  CHECK(!facts.is_for_address("127.0.0.2"));
}

TEST_CASE("it is its own authority for as long as it was made for") {
  const ParsedCertificate facts(make({"localhost"}).certificate);
  struct Row {
    std::chrono::minutes after;
    Trust trust;
  };
  const std::vector<Row> rows = {
      {std::chrono::minutes(-61), Trust::not_yet_valid},
      {std::chrono::minutes(-59), Trust::good},
      {std::chrono::minutes(0), Trust::good},
      {std::chrono::hours(23), Trust::good},
      {std::chrono::hours(25), Trust::expired},
  };
  for (const auto& row : rows) {
    CHECK_MESSAGE(facts.trusted_as_its_own_authority(kNow + row.after) == row.trust,
                  row.after.count(), " minutes");
  }
}

TEST_CASE("the key belongs to it, and no two are alike") {
  const auto one = make({"localhost"});
  const auto two = make({"localhost"});
  CHECK(ParsedCertificate(one.certificate).has_key(one.private_key));
  CHECK(!ParsedCertificate(two.certificate).has_key(one.private_key));
  CHECK(ParsedCertificate(one.certificate).serial() != ParsedCertificate(two.certificate).serial());
}

TEST_CASE("names that would smuggle in others are refused") {
  const std::vector<std::string> bad = {"a,DNS:evil.test", "", "a b", "dirName:x", "a\nb"};
  for (const auto& name : bad) {
    const auto made = make_self_signed({{name}}, kNow, Millis{1'000});
    REQUIRE_MESSAGE(!made.has_value(), name);
    CHECK(made.error().code == ErrorCode::invalid);
  }
  CHECK(!make_self_signed({}, kNow, Millis{1'000}).has_value());
}

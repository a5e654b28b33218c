#include "core/rules/generic_scheme.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a generic scheme is written as text and read back as the same") {
  for (const std::string text : {
           "generic header=x-wc-webhook-signature encoding=base64",
           "generic header=signature prefix=\"sha256 \"",
           "generic header=s digest=sha512 prefix=\"a\\\"b\\\\\" key=base64",
           "generic header=s content={id}.{timestamp}.{body} timestamp-header=t id-header=i",
           "generic header=s content=\"v0 {url} {body}\" key=standard",
           "generic header=s content={form}",
       }) {
    const auto scheme = parse_generic(text);
    REQUIRE_MESSAGE(scheme.has_value(), text);
    CHECK(generic_text(*scheme) == text);
  }
  const auto spelt = parse_generic("generic  header=X-Sig   prefix=\"p\"  encoding=hex");
  REQUIRE(spelt.has_value());
  CHECK(generic_text(*spelt) == "generic header=x-sig prefix=p");
  CHECK(spelt->algorithm == SignatureAlgorithm::hmac_sha256);
  CHECK(spelt->sends_forms);
  const auto with_id = parse_generic("generic header=s id-header=X-Id");
  CHECK(with_id->delivery_id == ValueRef{.source = ValueSource::header, .text = "x-id"});
}

TEST_CASE("a generic scheme that makes no sense is refused") {
  for (const std::string text :
       {"generic", "generic ", "generic encoding=hex", "generic header=", "generic header=a:b",
        "generic header=s digest=md5", "generic header=s encoding=base32", "generic header=s x",
        "generic header=s color=red", "generic header=s content=fixed",
        "generic header=s prefix=\"", "generic header=s prefix=\"a\"b",
        "generic header=s content={timestamp}.{body}", "generic header=s content={what}{body}",
        "generic header=s key=pem"}) {
    const auto scheme = parse_generic(text);
    REQUIRE_MESSAGE(!scheme.has_value(), text);
    CHECK_FALSE(scheme.error().text.empty());
  }
}

TEST_CASE("a webhook's scheme is of the table or generic") {
  std::shared_ptr<const Scheme> own;
  CHECK(schemes_of("github", own) == schemes_named("github"));
  CHECK(own == nullptr);
  CHECK(schemes_of("", own).empty());
  CHECK(schemes_of("genericx", own).empty());
  CHECK(schemes_of("generic header=", own).empty());
  const auto rows = schemes_of("generic header=x-line-signature encoding=base64", own);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front() == own.get());
  CHECK(rows.front()->header == "x-line-signature");
}

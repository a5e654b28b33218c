#include "core/rules/scheme.h"

#include "core/rules/signing.h"

#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("every row of the table makes sense") {
  std::set<std::string> named;
  for (const Scheme& scheme : scheme_table()) {
    INFO(describe(scheme));
    CHECK(named.insert(describe(scheme)).second);
    CHECK_FALSE(scheme.sender.empty());
    CHECK_FALSE(scheme.header.empty());
    for (const std::string& name : {scheme.header, scheme.id_header, scheme.timestamp_name}) {
      const bool lower = std::ranges::none_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
      CHECK((lower || scheme.timestamp == TimestampPlace::body));
    }
    CHECK((scheme.timestamp == TimestampPlace::nowhere) == scheme.timestamp_name.empty());
    const bool signs_the_body = scheme.algorithm != SignatureAlgorithm::token &&
                                scheme.url_body_hash != UrlBodyHash::required;
    if (signs_the_body) CHECK(check_scheme(scheme));
    CHECK(schemes_named(scheme.name).size() >= 1);
  }
  CHECK(scheme_names().size() == 14);
  CHECK(scheme_names().front() == "standard");
  CHECK(schemes_named("nobody").empty());
}

TEST_CASE("the rows of one name share their headers, so that they can be signed together") {
  for (const std::string& name : scheme_names()) {
    const auto rows = schemes_named(name);
    for (const Scheme* row : rows) {
      INFO(name);
      CHECK(row->header == rows.front()->header);
      CHECK(row->id_header == rows.front()->id_header);
      CHECK(row->timestamp_name == rows.front()->timestamp_name);
    }
  }
}

TEST_CASE("a scheme made by hand is checked") {
  Scheme scheme{.name = "generic", .variant = {}, .sender = {}, .header = "x-signature"};
  const struct {
    std::string content;
    std::string id_header;
    std::string timestamp_header;
    std::string problem;  // empty: none
  } rows[] = {
      {"{body}", "", "", ""},
      {"{timestamp}.{body}", "", "x-time", ""},
      {"{id}:{timestamp}:{url}{form}", "x-id", "x-time", ""},
      {"{id}{body}", "x-id", "", "needs some text after {id} that shows where the id ends"},
      {"{timestamp}.{body}", "", "", "needs the timestamp's header"},
      {"{id}.{body}", "", "", "needs the id's header"},
      {"{boody}", "", "", "has an unknown {boody}"},
      {"{body", "", "", "has an unmatched brace"},
      {"body}", "", "", "has an unmatched brace"},
      {"}{body}", "", "", "has an unmatched brace"},
      {"", "", "", "leaves the body out"},
      {"body", "", "", "leaves the body out"},
  };
  for (const auto& row : rows) {
    INFO(row.content);
    scheme.content = row.content;
    scheme.id_header = row.id_header;
    scheme.timestamp_name = row.timestamp_header;
    scheme.timestamp =
        row.timestamp_header.empty() ? TimestampPlace::nowhere : TimestampPlace::header;
    const Status checked = check_scheme(scheme);
    CHECK(checked.has_value() == row.problem.empty());
    if (!checked) CHECK(checked.error().text.ends_with(row.problem));
  }
}

TEST_CASE("a scheme made by hand writes no header but its own") {
  Scheme scheme{.name = "generic", .variant = {}, .sender = {}, .header = "x-signature"};
  scheme.content = "{body}";
  for (const char* prefix : {"a\nX-Evil: 1", "a\r", "\x7f", "\t"}) {
    scheme.prefix = prefix;
    const Status checked = check_scheme(scheme);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().text.contains("control characters"));
  }
  scheme.prefix = "sha256=";
  CHECK(check_scheme(scheme).has_value());
  scheme.content = "{body}\n";
  CHECK_FALSE(check_scheme(scheme).has_value());
}

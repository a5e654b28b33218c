#include "core/rules/cidr.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

namespace {

Cidr range(std::string_view text) {
  const auto parsed = parse_cidr(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  return *parsed;
}

}  // namespace

TEST_CASE("ranges are read, and written with the bits behind the prefix cleared") {
  const struct {
    std::string_view text;
    std::string_view written;
  } rows[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"10.1.2.3/8", "10.0.0.0/8"},
      {"10.255.255.255/9", "10.128.0.0/9"},
      {"192.168.1.77/27", "192.168.1.64/27"},
      {"1.2.3.4", "1.2.3.4/32"},
      {"1.2.3.4/32", "1.2.3.4/32"},
      {"255.255.255.255/0", "0.0.0.0/0"},
      {"2001:db8::/32", "2001:db8::/32"},
      {"2001:DB8:ffff::1/33", "2001:db8:8000::/33"},
      {"::1", "::1/128"},
      {"fe80::1/10", "fe80::/10"},
      {"ffff::/0", "::/0"},
      {"::ffff:10.1.2.3/104", "10.0.0.0/8"},
      {"::ffff:10.1.2.3", "10.1.2.3/32"},
      {"::ffff:0:0/96", "0.0.0.0/0"},
      {"::ffff:0:0/95", "::fffe:0:0/95"},
  };
  for (const auto& row : rows) {
    CHECK(to_text(range(row.text)) == row.written);
    CHECK(range(row.written) == range(row.text));
  }
}

TEST_CASE("what is no range is refused") {
  for (const std::string& text : {std::string(""),
                                  std::string("/"),
                                  std::string("/8"),
                                  std::string("10.0.0.0/"),
                                  std::string("10.0.0.0/33"),
                                  std::string("::/129"),
                                  std::string("10.0.0.0/-1"),
                                  std::string("10.0.0.0/-0"),
                                  std::string("10.0.0.0/08"),
                                  std::string("10.0.0.0/+8"),
                                  std::string("10.0.0.0/ 8"),
                                  std::string("10.0.0.0/8 "),
                                  std::string(" 10.0.0.0/8"),
                                  std::string("10.0.0.0/8/8"),
                                  std::string("10.0.0.0/0x8"),
                                  std::string("10.0.0.0/255.0.0.0"),
                                  std::string("10.0.0.0/4294967304"),
                                  std::string("10.0.0.0/99999999999999999999"),
                                  std::string("10.0.0/8"),
                                  std::string("10/8"),
                                  std::string("010.0.0.0/8"),
                                  std::string("0x0a.0.0.0/8"),
                                  std::string("167772160/8"),
                                  std::string("10.0.0.256/8"),
                                  std::string("10.0.0.0/8\0", 11),
                                  std::string("10.0.0.0\0/8", 11),
                                  std::string("fe80::1%eth0/10"),
                                  std::string("[::1]/128"),
                                  std::string("2001:db8:/32"),
                                  std::string("example.com/8"),
                                  std::string("*"),
                                  std::string("10.0.0.*"),
                                  std::string("10.0.0.0-10.0.0.9"),
                                  std::string("١٠.0.0.0/8"),
                                  std::string(100'000, '1')}) {
    const auto parsed = parse_cidr(text);
    REQUIRE_MESSAGE(!parsed.has_value(), text);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK_FALSE(parsed.error().hint.empty());
  }
}

TEST_CASE("what a range contains, at both ends and beside them") {
  const struct {
    std::string_view range;
    std::string_view address;
    bool contained;
  } rows[] = {
      {"10.0.0.0/8", "10.0.0.0", true},
      {"10.0.0.0/8", "10.255.255.255", true},
      {"10.0.0.0/8", "9.255.255.255", false},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"192.168.1.64/27", "192.168.1.95", true},
      {"192.168.1.64/27", "192.168.1.96", false},
      {"192.168.1.64/27", "192.168.1.63", false},
      {"1.2.3.4", "1.2.3.4", true},
      {"1.2.3.4", "1.2.3.5", false},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"128.0.0.0/1", "127.255.255.255", false},
      {"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
      {"2001:db8::/32", "2001:db9::", false},
      {"2001:db8:8000::/33", "2001:db8:7fff::", false},
      {"::1", "::1", true},
      {"::1", "::2", false},
      // The kinds keep apart.
      {"0.0.0.0/0", "::", false},
      {"0.0.0.0/0", "::1", false},
      {"0.0.0.0/0", "::10.0.0.1", false},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"0.0.0.0/0", "64:ff9b::a00:1", false},
      {"10.0.0.0/8", "a00::1", false},
      {"::/0", "10.0.0.1", false},
      {"::/1", "10.0.0.1", false},
      // A socket for both kinds tells of IPv4 peers like this.
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},
      {"10.0.0.0/8", "::ffff:a01:203", true},
      {"::/0", "::ffff:10.1.2.3", false},
      {"::ffff:10.0.0.0/104", "10.1.2.3", true},
      {"::ffff:10.0.0.0/104", "::ffff:10.1.2.3", true},
      {"10.0.0.0/8", "::ffff:11.1.2.3", false},
      {"10.0.0.0/8", "::fffe:10.1.2.3", false},
      {"10.0.0.0/8", "1::ffff:10.1.2.3", false},
  };
  for (const auto& row : rows) {
    const auto address = parse_address(row.address);
    REQUIRE_MESSAGE(address.has_value(), row.address);
    CHECK_MESSAGE(contains(range(row.range), *address) == row.contained, row.range, " ",
                  row.address);
  }
}

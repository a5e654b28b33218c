#include "core/rules/address_policy.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

Address address(std::string_view text) {
  const auto parsed = parse_address(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  return *parsed;
}

constexpr AddressClass open = AddressClass::public_;
constexpr AddressClass within = AddressClass::private_;
constexpr AddressClass never = AddressClass::forbidden;

struct Classified {
  std::string text;
  AddressClass verdict;
};

void check_table(std::span<const Classified> rows) {
  for (const Classified& row : rows) {
    CHECK_MESSAGE(classify(address(row.text)) == row.verdict, row.text);
  }
}

}  // namespace

TEST_CASE("IPv4 ranges, each at both ends and beside them") {
  const Classified rows[] = {
      {"0.0.0.0", never},          {"0.255.255.255", never},    {"1.0.0.0", open},
      {"9.255.255.255", open},     {"10.0.0.0", within},        {"10.255.255.255", within},
      {"11.0.0.0", open},          {"100.63.255.255", open},    {"100.64.0.0", within},
      {"100.127.255.255", within}, {"100.128.0.0", open},       {"126.255.255.255", open},
      {"127.0.0.0", within},       {"127.0.0.1", within},       {"127.255.255.255", within},
      {"128.0.0.0", open},         {"168.63.129.15", open},     {"168.63.129.16", never},
      {"168.63.129.17", open},     {"169.253.255.255", open},   {"169.254.0.0", never},
      {"169.254.169.254", never},  {"169.254.255.255", never},  {"169.255.0.0", open},
      {"172.15.255.255", open},    {"172.16.0.0", within},      {"172.31.255.255", within},
      {"172.32.0.0", open},        {"191.255.255.255", open},   {"192.0.0.0", never},
      {"192.0.0.255", never},      {"192.0.1.0", open},         {"192.0.2.0", never},
      {"192.0.2.255", never},      {"192.0.3.0", open},         {"192.31.196.1", never},
      {"192.31.197.0", open},      {"192.52.193.1", never},     {"192.52.194.0", open},
      {"192.88.99.1", never},      {"192.88.100.0", open},      {"192.167.255.255", open},
      {"192.168.0.0", within},     {"192.168.255.255", within}, {"192.169.0.0", open},
      {"192.175.48.1", never},     {"192.175.49.0", open},      {"198.17.255.255", open},
      {"198.18.0.0", never},       {"198.19.255.255", never},   {"198.20.0.0", open},
      {"198.51.100.7", never},     {"198.51.101.0", open},      {"203.0.113.7", never},
      {"203.0.114.0", open},       {"223.255.255.255", open},   {"224.0.0.0", never},
      {"239.255.255.255", never},  {"240.0.0.0", never},        {"255.255.255.255", never},
      {"8.8.8.8", open},
  };
  check_table(rows);
}

TEST_CASE("IPv6 ranges, each at both ends and beside them") {
  const Classified rows[] = {
      {"::", never},
      {"::1", within},
      {"100::1", never},
      {"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", never},
      {"2000::", open},
      {"2001::", never},
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", never},  // Teredo
      {"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", never},
      {"2001:200::", open},
      {"2001:db7:ffff::", open},
      {"2001:db8::1", never},
      {"2001:db9::", open},
      {"2001:4860:4860::8888", open},
      {"2002::", never},
      {"2002:7f00:1::", never},
      {"2002:808:808::", never},
      {"2003::", open},
      {"2620:4f:7fff::", open},
      {"2620:4f:8000::1", never},
      {"2620:4f:8001::", open},
      {"2a00:1450:4001:81b::200e", open},
      {"3ffe:ffff::", open},
      {"3fff::", never},
      {"3fff:fff:ffff::", never},
      {"3fff:1000::", open},
      {"4000::", never},
      {"5f00::1", never},
      {"fbff::", never},
      {"fc00::", within},
      {"fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff", within},
      {"fd00:ec2::", never},
      {"fd00:ec2::254", never},
      {"fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff", never},
      {"fd00:ec3::", within},
      {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", within},
      {"fe00::", never},
      {"fe80::1", never},
      {"febf::1", never},
      {"fec0::1", never},
      {"ff02::1", never},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", never},
  };
  check_table(rows);
}

TEST_CASE("the metadata services of clouds are never sent to, private addresses allowed or not") {
  // Each with its neighbours, which are private addresses like any other.
  const Classified rows[] = {
      {"100.100.100.199", within},   {"100.100.100.200", never},  // Alibaba
      {"100.100.100.201", within},   {"::ffff:100.100.100.200", never},
      {"64:ff9b::6464:64c8", never}, {"fd00:100::100:1ff", within},
      {"fd00:100::100:200", never},  {"fd00:100::100:201", within},
      {"fd00:ec2::23", never},       {"fd00:ec2::254", never},  // AWS
      {"fd20:ce::253", within},      {"fd20:ce::254", never},   // Google
      {"fd20:ce::255", within},      {"fd00:c1::a9fe:a9fd", within},
      {"fd00:c1::a9fe:a9fe", never}, {"fd00:c1::a9fe:a9ff", within},  // Oracle
      {"fd00:42::41", within},       {"fd00:42::42", never},          // Scaleway
      {"fd00:42::43", within},       {"fd00:a9fe:a9fe::", within},
      {"fd00:a9fe:a9fe::1", never},  {"fd00:a9fe:a9fe::2", within},  // Linode
  };
  check_table(rows);
  for (const Classified& row : rows) {
    if (row.verdict != never) continue;
    CHECK_MESSAGE(!may_send_to(address(row.text), true), row.text);
    CHECK_MESSAGE(describe_class(address(row.text)) == "cloud metadata", row.text);
  }
}

TEST_CASE("IPv4 inside of IPv6 is checked as IPv4") {
  const Classified rows[] = {
      // mapped
      {"::ffff:8.8.8.8", open},
      {"::ffff:127.0.0.1", within},
      {"::ffff:10.1.2.3", within},
      {"::ffff:a9fe:a9fe", never},
      {"::ffff:0.0.0.0", never},
      // compatible
      {"::8.8.8.8", open},
      {"::127.0.0.1", within},
      {"::169.254.169.254", never},
      {"::2", never},  // 0.0.0.2
      // translated (SIIT)
      {"::ffff:0:8.8.8.8", open},
      {"::ffff:0:10.0.0.1", within},
      {"::ffff:0:a9fe:a9fe", never},
      // NAT64
      {"64:ff9b::8.8.8.8", open},
      {"64:ff9b::7f00:1", within},
      {"64:ff9b::a9fe:a9fe", never},
      {"64:ff9b::", never},
      {"64:ff9b:0:0:1::", never},
      // NAT64 of one's own network, in each of the layouts of RFC 6052
      {"64:ff9b:1::8.8.8.8", open},
      {"64:ff9b:1::10.0.0.1", within},
      {"64:ff9b:1::169.254.169.254", never},
      {"64:ff9b:1:a9fe:a9:fe00::", never},
      {"64:ff9b:1:a9:fe:a9fe::", never},
      {"64:ff9b:1:0:a9:fea9:fe00::", never},
      {"64:ff9b:1:a01:2:300:808:808", within},    // 8.8.8.8 or 10.1.2.3: the worse counts
      {"64:ff9b:1:a9fe:a9:fe00:808:808", never},  // 8.8.8.8 or 169.254.169.254
      {"64:ff9b:1::", never},
      {"64:ff9b:2::8.8.8.8", never},
  };
  check_table(rows);
}

TEST_CASE("an address of this machine is private, unless it is never sent to") {
  const std::vector<Address> own{address("8.8.4.4"), address("2a00:1450::5"),
                                 address("169.254.3.4"), address("fe80::5")};
  CHECK(classify(address("8.8.4.4"), own) == within);
  CHECK(classify(address("::ffff:8.8.4.4"), own) == within);
  CHECK(classify(address("64:ff9b::8.8.4.4"), own) == within);
  CHECK(classify(address("2a00:1450::5"), own) == within);
  CHECK(classify(address("8.8.4.5"), own) == open);
  CHECK(classify(address("169.254.3.4"), own) == never);
  CHECK(classify(address("fe80::5"), own) == never);
  CHECK_FALSE(may_send_to(address("8.8.4.4"), false, own));
  CHECK(may_send_to(address("8.8.4.4"), true, own));
}

TEST_CASE("--allow-private opens private addresses and nothing more") {
  const struct {
    std::string text;
    bool without, with;
  } rows[] = {
      {"93.184.216.34", true, true},   {"2a00:1450::1", true, true},
      {"10.0.0.1", false, true},       {"172.16.0.1", false, true},
      {"192.168.1.1", false, true},    {"100.64.0.1", false, true},
      {"127.0.0.1", false, true},      {"::1", false, true},
      {"fd12:3456::1", false, true},   {"169.254.169.254", false, false},
      {"168.63.129.16", false, false}, {"fd00:ec2::254", false, false},
      {"0.0.0.0", false, false},       {"::", false, false},
      {"224.0.0.1", false, false},     {"ff02::1", false, false},
      {"fe80::1", false, false},       {"255.255.255.255", false, false},
      {"203.0.113.7", false, false},   {"2001:db8::1", false, false},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(may_send_to(address(row.text), false) == row.without);
    CHECK(may_send_to(address(row.text), true) == row.with);
  }
}

TEST_CASE("only canonical spellings are addresses") {
  const std::string bad[] = {
      "",
      "2130706433",
      "0x7f.1",
      "0x7f000001",
      "127.1",
      "127.0.1",
      "0177.0.0.1",
      "127.0.0.01",
      "127.0.0.1.",
      ".127.0.0.1",
      "127.0.0.256",
      "127.0.0.-1",
      "127.0.0.1 ",
      " 127.0.0.1",
      "127.0.0.1\n",
      std::string("127.0.0.1\0", 10),
      std::string("127.0.0.1\0.evil", 15),
      "1.2.3.4.5",
      "1.2.3",
      "0",
      "localhost",
      "１２７.0.0.1",
      "[::1]",
      "::1%lo",
      "fe80::1%25lo",
      "fe80::1%1",
      ":",
      ":::",
      "::1::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "g::",
      "::ffff:127.0.0.01",
      "::1/128",
      std::string(1000, ':'),
      std::string(1000, '1'),
  };
  for (const std::string& text : bad) CHECK_MESSAGE(!parse_address(text), text);
}

TEST_CASE("addresses are written in their usual form") {
  const struct {
    std::string text;
    std::string written;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"0:0:0:0:0:0:0:1", "::1"},
      {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"::ffff:7f00:1", "::ffff:127.0.0.1"},
  };
  for (const auto& row : rows) {
    CHECK(to_text(address(row.text)) == row.written);
    CHECK(parse_address(to_text(address(row.text))) == address(row.text));
  }
  CHECK(address("127.0.0.1").v4);
  CHECK_FALSE(address("::ffff:127.0.0.1").v4);
  CHECK(address("127.0.0.1").bytes == address("::ffff:127.0.0.1").bytes);
}

TEST_CASE("why an address is refused is said for people") {
  const struct {
    std::string text;
    std::string why;
  } rows[] = {
      {"127.0.0.1", "loopback"},
      {"::1", "loopback"},
      {"::ffff:127.0.0.1", "loopback"},
      {"10.0.0.1", "private network"},
      {"fd00::1", "private network"},
      {"169.254.169.254", "link-local (cloud metadata)"},
      {"64:ff9b::a9fe:a9fe", "link-local (cloud metadata)"},
      {"168.63.129.16", "cloud metadata"},
      {"fd00:ec2::254", "cloud metadata"},
      {"fe80::1", "link-local"},
      {"239.1.1.1", "multicast"},
      {"0.0.0.0", "unspecified"},
      {"8.8.8.8", "public"},
      {"2a00:1450::1", "public"},
  };
  for (const auto& row : rows) CHECK(describe_class(address(row.text)) == row.why);
}

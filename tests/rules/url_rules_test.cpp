#include "core/rules/url_rules.h"

#include "tests/support/remark_text.h"

#include <string>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a URL is taken apart and normalised") {
  const struct {
    std::string text;
    std::string host;
    int port;
    std::string target;
    std::string normal;
  } rows[] = {
      {"https://example.com", "example.com", 443, "/", "https://example.com/"},
      {"https://example.com/", "example.com", 443, "/", "https://example.com/"},
      {"HTTPS://Example.COM/Hook", "example.com", 443, "/Hook", "https://example.com/Hook"},
      {"https://example.com:443/a", "example.com", 443, "/a", "https://example.com/a"},
      {"https://example.com:8443/a", "example.com", 8443, "/a", "https://example.com:8443/a"},
      {"https://example.com:00080", "example.com", 80, "/", "https://example.com:80/"},
      {"https://example.com./a", "example.com", 443, "/a", "https://example.com/a"},
      {"https://example.com?x=1", "example.com", 443, "/?x=1", "https://example.com/?x=1"},
      {"https://example.com/a?b=c&d=%20/?", "example.com", 443, "/a?b=c&d=%20/?",
       "https://example.com/a?b=c&d=%20/?"},
      {"https://example.com/a;b,c=1:2@3!$'()*+~_-.", "example.com", 443, "/a;b,c=1:2@3!$'()*+~_-.",
       "https://example.com/a;b,c=1:2@3!$'()*+~_-."},
      {"https://example.com/a/../b/./c?x=/../y", "example.com", 443, "/b/c?x=/../y",
       "https://example.com/b/c?x=/../y"},
      {"https://example.com/a/b/..", "example.com", 443, "/a/", "https://example.com/a/"},
      {"https://example.com/../..", "example.com", 443, "/", "https://example.com/"},
      {"https://example.com//a/.", "example.com", 443, "//a/", "https://example.com//a/"},
      {"https://example.com/..a/b.", "example.com", 443, "/..a/b.", "https://example.com/..a/b."},
      {"https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/",
       "https://xn--bcher-kva.example/"},
      {"https://crm_1.internal:65535/", "crm_1.internal", 65535, "/",
       "https://crm_1.internal:65535/"},
      {"https://localhost/", "localhost", 443, "/", "https://localhost/"},
      {"https://203.0.113.7/", "203.0.113.7", 443, "/", "https://203.0.113.7/"},
      {"https://127.0.0.1./", "127.0.0.1", 443, "/", "https://127.0.0.1/"},
      {"https://1.2.3.4.example/", "1.2.3.4.example", 443, "/", "https://1.2.3.4.example/"},
      {"https://0x7f.example/", "0x7f.example", 443, "/", "https://0x7f.example/"},
      {"https://[2001:DB8:0::1]/", "2001:db8::1", 443, "/", "https://[2001:db8::1]/"},
      {"https://[::1]:8443?x", "::1", 8443, "/?x", "https://[::1]:8443/?x"},
      {"https://[::ffff:7f00:1]/", "::ffff:127.0.0.1", 443, "/", "https://[::ffff:127.0.0.1]/"},
  };
  for (const auto& row : rows) {
    const auto url = parse_webhook_url(row.text);
    REQUIRE_MESSAGE(url.has_value(), row.text);
    INFO(row.text);
    CHECK(url->host == row.host);
    CHECK(url->host_is_ipv6 == (url->host.find(':') != std::string::npos));
    CHECK(url->port == row.port);
    CHECK(url->target == row.target);
    CHECK(url->text == row.normal);
    // Normalising again changes nothing.
    CHECK(parse_webhook_url(url->text)->text == url->text);
  }
}

namespace {

struct Hostile {
  std::string text;
  std::string reason;  // part of the error
};

const Hostile hostile[] = {
    {"", "empty"},
    {"example.com", "https://"},
    {"//example.com/", "https://"},
    {"/path", "https://"},
    {"https:", "https://"},
    {"https:/example.com", "https://"},
    {"https:example.com", "https://"},
    {"://example.com", "other than https"},
    {"http://example.com/", "only HTTPS"},
    {"HTTP://example.com/", "only HTTPS"},
    {"ftp://example.com/", "other than https"},
    {"file:///etc/passwd", "other than https"},
    {"javascript://example.com/", "other than https"},
    {"xhttps://example.com/", "other than https"},
    {"https://", "no host"},
    {"https:///path", "no host"},
    {"https://?x", "no host"},
    {"https://:443/", "no host"},
    {"https://./", "no host"},
    {"https://user@example.com/", "user info"},
    {"https://user:pass@example.com/", "user info"},
    {"https://@example.com/", "user info"},
    {"https://foo@127.0.0.1/", "user info"},
    {"https://example.com\\@127.0.0.1/", "backslash"},
    {"https://example.com#@127.0.0.1/", "fragment"},
    {"https://example.com/#frag", "fragment"},
    {"https://example.com/#", "fragment"},
    {"https://exa mple.com/", "space"},
    {" https://example.com/", "space"},
    {"https://example.com/ ", "space"},
    {"https://example.com/a b", "space"},
    {"https://exam\tple.com/", "control character"},
    {"https://example.com/\n", "control character"},
    {"https://example.com/\r\nX: y", "control character"},
    {std::string("https://example.com/\0", 21), "control character"},
    {std::string("https://example.com\0.evil/", 26), "control character"},
    {"https://example.com/\x7f", "control character"},
    {"https://example.com\\a", "backslash"},
    {"https:\\\\example.com\\", "backslash"},
    {"https://bücher.example/", "outside ASCII"},
    {"https://127。0。0。1/", "outside ASCII"},  // full-width dots
    {"https://ⓔxample.com/", "outside ASCII"},
    {"https://example.com/ü", "outside ASCII"},
    {"https://127%2e0%2e0%2e1/", "percent sign"},
    {"https://example%2ecom/", "percent sign"},
    {"https://a..b/", "empty part"},
    {"https://.example.com/", "empty part"},
    {"https://example.com../", "empty part"},
    {"https://-example.com/", "not a valid name"},
    {"https://example-.com/", "not a valid name"},
    {"https://exa*mple.com/", "not a valid name"},
    {"https://exa,mple.com/", "not a valid name"},
    {"https://" + std::string(64, 'a') + ".com/", "63 characters"},
    {"https://" + std::string(62, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
         "." + std::string(63, 'd') + "/",
     "253 characters"},
    // numbers that other software reads as addresses
    {"https://2130706433/", "not a valid IPv4 address"},
    {"https://0x7f000001/", "not a valid IPv4 address"},
    {"https://0X7F000001/", "not a valid IPv4 address"},
    {"https://0x7f.1/", "not a valid IPv4 address"},
    {"https://0x/", "not a valid IPv4 address"},
    {"https://127.1/", "not a valid IPv4 address"},
    {"https://127.0.1/", "not a valid IPv4 address"},
    {"https://0177.0.0.1/", "not a valid IPv4 address"},
    {"https://017700000001/", "not a valid IPv4 address"},
    {"https://127.0.0.0x1/", "not a valid IPv4 address"},
    {"https://0/", "not a valid IPv4 address"},
    {"https://127.0.0.256/", "not a valid IPv4 address"},
    {"https://1.2.3.4.5/", "not a valid IPv4 address"},
    {"https://example.1/", "not a valid IPv4 address"},
    {"https://99999999999999999999/", "not a valid IPv4 address"},
    // IPv6
    {"https://::1/", "several colons"},
    {"https://2001:db8::1/", "several colons"},
    {"https://fe80::1/", "several colons"},
    {"https://[::1/", "not a valid IPv6 address"},
    {"https://[", "not a valid IPv6 address"},
    {"https://[]/", "not a valid IPv6 address"},
    {"https://[127.0.0.1]/", "not a valid IPv6 address"},
    {"https://[example.com]/", "not a valid IPv6 address"},
    {"https://[fe80::1%25lo]/", "not a valid IPv6 address"},
    {"https://[fe80::1%lo]/", "not a valid IPv6 address"},
    {"https://[v1.x]/", "not a valid IPv6 address"},
    {"https://[::1]]/", "after ]"},
    {"https://[::1].example.com/", "after ]"},
    {"https://[::1]443/", "after ]"},
    // ports
    {"https://example.com:/", "port"},
    {"https://example.com:0/", "port"},
    {"https://example.com:65536/", "port"},
    {"https://example.com:-1/", "port"},
    {"https://example.com:+443/", "port"},
    {"https://example.com:443x/", "port"},
    {"https://example.com:0x1bb/", "port"},
    {"https://example.com:4294967739/", "port"},
    {"https://example.com:443:443/", "several colons"},
    {"https://[::1]:/", "port"},
    // path and query
    {"https://example.com/%", "percent sign"},
    {"https://example.com/%2", "percent sign"},
    {"https://example.com/%zz", "percent sign"},
    {"https://example.com/?a=%", "percent sign"},
    {"https://example.com/<script>", "the character <"},
    {"https://example.com/\"", "the character \""},
    {"https://example.com/{id}", "the character {"},
    {"https://example.com/?a[]=1", "the character ["},
    {"https://example.com/a|b^c`", "the character |"},
};

}  // namespace

TEST_CASE("every other spelling is refused, for the right reason") {
  for (const Hostile& row : hostile) {
    const auto url = parse_webhook_url(row.text);
    REQUIRE_MESSAGE(!url.has_value(), row.text);
    INFO(row.text);
    CHECK(url.error().code == ErrorCode::invalid);
    CHECK_MESSAGE(url.error().text.find(row.reason) != std::string::npos, url.error().text);
  }
}

TEST_CASE("a URL outside ASCII is told how it is written") {
  const std::string generic = "write the host in punycode (xn--…) and the rest percent-encoded";
  const struct {
    std::string text, hint;
  } rows[] = {
      {"https://bücher.example/", "write https://xn--bcher-kva.example/"},
      {"https://bücher.example", "write https://xn--bcher-kva.example/"},
      {"https://BÜCHER.example:8443/", "write https://xn--bcher-kva.example:8443/"},
      {"bücher.example", "write https://xn--bcher-kva.example/"},
      {"https://bu\u0308cher.example/", "write https://xn--bcher-kva.example/"},  // two characters
      {"https://straße.example/", "write https://xn--strae-oqa.example/"},
      {"https://пример.испытание/", "write https://xn--e1afmkfd.xn--80akhbyknj4f/"},
      {"https://ⓔxample.com/", "write https://example.com/"},
      // The path often is a secret.
      {"https://bücher.example/s3cr3t", "write https://xn--bcher-kva.example/…"},
      {"https://bücher.example?s3cr3t", "write https://xn--bcher-kva.example/…"},
      {"https://bücher.example/grün",
       "write https://xn--bcher-kva.example/…, and the rest percent-encoded"},
      {"https://example.com/grün", "write ü percent-encoded: %C3%BC"},
      {"https://example.com/gr\xfcn", "write it in UTF-8, percent-encoded"},
      // What would be refused in ASCII, too.
      {"https://b\xfc.example/", generic},
      {"https://ü..example/", generic},
      {"https://jürgen:s3cr3t@example.com/", generic},
      {"https://bücher.example:0/", generic},
      {"https://⁇.example/", generic},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const auto url = parse_webhook_url(row.text);
    REQUIRE_FALSE(url.has_value());
    CHECK(remark_text(url.error().hint) == row.hint);
    CHECK_FALSE(url.error().text.contains("s3cr3t"));
  }
}

TEST_CASE("a URL has at most 2048 bytes") {
  const std::string start = "https://example.com/";
  CHECK(parse_webhook_url(start + std::string(2048 - start.size(), 'a')).has_value());
  const auto url = parse_webhook_url(start + std::string(2049 - start.size(), 'a'));
  REQUIRE_FALSE(url.has_value());
  CHECK(url.error().text.find("2048") != std::string::npos);
  CHECK_FALSE(parse_webhook_url(std::string(10'000'000, ' ')).has_value());
}

TEST_CASE("an error does not repeat the path, which often is a secret") {
  const auto url = parse_webhook_url("http://example.com/s3cr3t?token=s3cr3t");
  REQUIRE_FALSE(url.has_value());
  CHECK(url.error().text.find("s3cr3t") == std::string::npos);
  CHECK(remark_text(url.error().hint).find("s3cr3t") == std::string::npos);
}

TEST_CASE("hosts that are certainly not public are refused before anything is looked up") {
  const struct {
    std::string text;
    bool without, with;  // --allow-private
  } rows[] = {
      {"https://example.com/", true, true},
      {"https://8.8.8.8/", true, true},
      {"https://[2a00:1450::1]/", true, true},
      {"https://localhost.example.com/", true, true},
      {"https://notlocalhost/", true, true},
      {"https://localhost/", false, true},
      {"https://LOCALHOST./", false, true},
      {"https://x.localhost/", false, true},
      {"https://127.0.0.1/", false, true},
      {"https://127.0.0.1.:8443/", false, true},
      {"https://10.1.2.3/", false, true},
      {"https://[::1]/", false, true},
      {"https://[::ffff:127.0.0.1]/", false, true},
      {"https://[::127.0.0.1]/", false, true},
      {"https://[fd00::1]/", false, true},
      {"https://0.0.0.0/", false, false},
      {"https://[::]/", false, false},
      {"https://169.254.169.254/", false, false},
      {"https://168.63.129.16/", false, false},
      {"https://[fe80::1]/", false, false},
      {"https://[64:ff9b::a9fe:a9fe]/", false, false},
      {"https://[2002:7f00:1::]/", false, false},
      {"https://[fd00:ec2::254]/", false, false},
      {"https://[::ffff:169.254.169.254]/", false, false},
      {"http://example.com/", false, false},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(check_url_target(row.text, false).has_value() == row.without);
    CHECK(check_url_target(row.text, true).has_value() == row.with);
  }
}

TEST_CASE("the hint names --allow-private exactly where it would help") {
  const auto loopback = check_url_target("https://127.0.0.1/", false);
  REQUIRE_FALSE(loopback.has_value());
  CHECK(loopback.error().text == "the host 127.0.0.1 is not public: loopback");
  CHECK(remark_text(loopback.error().hint).find("--allow-private") != std::string::npos);

  const auto metadata = check_url_target("https://169.254.169.254/", false);
  REQUIRE_FALSE(metadata.has_value());
  CHECK(metadata.error().text.find("cloud metadata") != std::string::npos);
  CHECK(remark_text(metadata.error().hint).find("--allow-private") == std::string::npos);
}

TEST_CASE("a URL that is signed is absolute, and more is not asked of it") {
  for (const char* good : {"https://example.com", "http://localhost:8080/x?y", "HTTPS://h/?a='b'",
                           "https://user:word@h/é#f", "https://[::1]:1/"}) {
    CHECK_MESSAGE(check_signed_url(good).has_value(), good);
  }
  for (const char* bad : {"", "not a url", "/path", "example.com/x", "ftp://x/y", "https:/x",
                          "https://", "https:///x", "https://:80/", "https://u@/", "https://a b/",
                          "https://a/\nb", "https://a/\xff"}) {
    const Status checked = check_signed_url(bad);
    REQUIRE_FALSE_MESSAGE(checked.has_value(), bad);
    CHECK(checked.error().code == ErrorCode::invalid);
    CHECK_FALSE(checked.error().hint.empty());
  }
}

TEST_CASE("URLs are told without what may be secret of them") {
  const struct {
    std::string text;
    std::string told;
  } rows[] = {
      {"https://crm.example.com/hooks/t0ken?key=1", "https://crm.example.com"},
      {"https://crm.example.com:8443", "https://crm.example.com:8443"},
      {"https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443"},
      {"https://user:pass@crm.example.com/a", "https://crm.example.com"},
      {"https://crm.example.com?key=1", "https://crm.example.com"},
      {"HTTP://crm.example.com#x", "HTTP://crm.example.com"},
      {"redirect: 302 to https://x.example/t0ken, and on",
       "redirect: 302 to https://x.example and on"},
      {"see https://a.example/x and https://b.example/y z",
       "see https://a.example and https://b.example z"},
      {"\"https://a.example/x\" is quoted", "\"https://a.example\" is quoted"},
      {"nothing of it", "nothing of it"},
      {"", ""},
      {"https://", "https://"},
  };
  for (const auto& row : rows) CHECK_MESSAGE(without_url_paths(row.text) == row.told, row.text);
}

#include "core/rules/incoming_rules.h"

#include "core/rules/request_values.h"
#include "tests/support/remark_text.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> known = {"project.created", "billing.payment_failed"};

FieldRule field(std::string_view text) {
  return parse_field_rule(text).value();
}

IncomingHook making(ActionKind kind) {
  IncomingHook hook;
  hook.name = "issues";
  hook.action.kind = kind;
  switch (kind) {
    case ActionKind::create_project:
      hook.action.fields = {field("name=/title")};
      break;
    case ActionKind::add_note:
      hook.action.fields = {field("project=/project"), field("text=/text")};
      break;
    case ActionKind::emit:
      hook.action.event_type = "project.created";
      break;
    case ActionKind::run:
      hook.action.command = {"/usr/bin/deploy", "--now"};
      break;
  }
  return hook;
}

constexpr auto project = ActionKind::create_project;
constexpr auto note = ActionKind::add_note;
constexpr auto emit = ActionKind::emit;
constexpr auto run = ActionKind::run;

struct Change {
  ActionKind kind;
  std::function<void(IncomingHook&)> change;
};

std::vector<FieldRule> fields(int count) {
  std::vector<FieldRule> rules;
  for (int i = 0; i < count; ++i) rules.push_back(field("f" + std::to_string(i) + "=/a"));
  return rules;
}

const std::string token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

}  // namespace

TEST_CASE("only an action that reads nothing of the body can accept what is no JSON") {
  IncomingHook hook;
  hook.name = "in";
  hook.content_types = {"application/xml"};
  hook.action.kind = ActionKind::run;
  hook.action.command = {"/bin/true"};
  CHECK(check_incoming(hook, {}).has_value());
  hook.action.conditions = {*parse_condition("header:x-a=1")};
  CHECK(check_incoming(hook, {}).has_value());
  hook.action.conditions = {*parse_condition("/a=1")};
  CHECK_FALSE(check_incoming(hook, {}).has_value());
  hook.action = {.kind = ActionKind::create_project,
                 .event_type = {},
                 .fields = {*parse_field_rule("name=header:x-a")},
                 .conditions = {},
                 .command = {},
                 .directory = {}};
  CHECK(check_incoming(hook, {}).has_value());
  hook.action.fields = {*parse_field_rule("name=/a")};
  const auto refused = check_incoming(hook, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.contains("application/xml"));
  for (const std::string type : {"text/plain", "application/json", "application/x+json"}) {
    hook.content_types = {type};
    CHECK_MESSAGE(check_incoming(hook, {}).has_value(), type);
  }
}

TEST_CASE("settings within their bounds are accepted, at both ends") {
  const Change rows[] = {
      {project, [](IncomingHook&) {}},
      {note, [](IncomingHook&) {}},
      {emit, [](IncomingHook&) {}},
      {run, [](IncomingHook&) {}},
      {project,
       [](IncomingHook& h) {
         h.action.fields.push_back(field("status=literal:OPEN"));
         h.action.fields.push_back(field("description=header:x-a"));
       }},
      {emit, [](IncomingHook& h) { h.action.fields = fields(50); }},
      {emit, [](IncomingHook& h) { h.description = std::string(500, 'd'); }},
      {emit,
       [](IncomingHook& h) {
         for (int i = 0; i < 500; ++i) h.description += "ë";
       }},
      {emit, [](IncomingHook& h) { h.scheme = "github"; }},
      {emit, [](IncomingHook& h) { h.allowed_addresses.assign(100, "10.0.0.0/8"); }},
      {emit, [](IncomingHook& h) { h.content_types.assign(20, "application/vnd.api+json"); }},
      {emit, [](IncomingHook& h) { h.max_body = 1; }},
      {emit, [](IncomingHook& h) { h.max_body = 1u << 20; }},
      {emit,
       [](IncomingHook& h) {
         h.max_body = 25u << 20;
         h.action.fields = fields(1);
       }},
      {run, [](IncomingHook& h) { h.max_body = 25u << 20; }},
      {emit, [](IncomingHook& h) { h.rate = 10'000; }},
      {emit, [](IncomingHook& h) { h.rate = 0.01; }},
      {emit,
       [](IncomingHook& h) { h.action.conditions.assign(20, parse_condition("/a~^b$").value()); }},
      {run, [](IncomingHook& h) { h.action.command.assign(64, "/a"); }},
      {run, [](IncomingHook& h) { h.action.command.push_back(std::string(4096, 'x')); }},
      {run, [](IncomingHook& h) { h.action.command.push_back(""); }},
      {run, [](IncomingHook& h) { h.action.timeout = 1s; }},
      {run, [](IncomingHook& h) { h.action.timeout = 10min; }},
      {run, [](IncomingHook& h) { h.action.max_parallel = 16; }},
      {run, [](IncomingHook& h) { h.action.directory = "/srv"; }},
  };
  for (const Change& row : rows) {
    IncomingHook hook = making(row.kind);
    row.change(hook);
    const Status status = check_incoming(hook, known);
    CHECK_MESSAGE(status.has_value(), (status ? "" : status.error().text));
  }
}

TEST_CASE("what is emitted as it came is never larger than an event, whatever was allowed once") {
  IncomingHook hook = making(emit);
  hook.max_body = 25u << 20;
  CHECK(largest_body(hook) == 1u << 20);
  hook.max_body = 1000;
  CHECK(largest_body(hook) == 1000);
  hook.max_body = 25u << 20;
  hook.action.fields = fields(1);
  CHECK(largest_body(hook) == 25u << 20);
  hook = making(run);
  hook.max_body = 25u << 20;
  CHECK(largest_body(hook) == 25u << 20);
}

TEST_CASE("shared settings outside their bounds are refused") {
  const Change rows[] = {
      {emit, [](IncomingHook& h) { h.name = ""; }},
      {emit, [](IncomingHook& h) { h.name = "a\n"; }},
      {emit, [](IncomingHook& h) { h.name = "wh_00000000"; }},
      {emit, [](IncomingHook& h) { h.description = std::string(501, 'd'); }},
      {emit, [](IncomingHook& h) { h.description = "a\x1b[31m"; }},
      {emit, [](IncomingHook& h) { h.description = "\xff"; }},
      {emit, [](IncomingHook& h) { h.scheme = "githib"; }},
      {emit, [](IncomingHook& h) { h.scheme = "GitHub"; }},
      {emit, [](IncomingHook& h) { h.allowed_addresses = {"10.0.0.0/33"}; }},
      {emit,
       [](IncomingHook& h) {
         h.allowed_addresses = {"10.0.0.0/8", ""};
       }},
      {emit, [](IncomingHook& h) { h.allowed_addresses.assign(101, "10.0.0.0/8"); }},
      {emit, [](IncomingHook& h) { h.content_types.assign(21, "text/plain"); }},
      {emit, [](IncomingHook& h) { h.content_types = {"json"}; }},
      {emit, [](IncomingHook& h) { h.content_types = {""}; }},
      {emit, [](IncomingHook& h) { h.content_types = {"/"}; }},
      {emit, [](IncomingHook& h) { h.content_types = {"a/b/c"}; }},
      {emit, [](IncomingHook& h) { h.content_types = {"*/*"}; }},
      {emit, [](IncomingHook& h) { h.content_types = {"text/plain; charset=x"}; }},
      {emit, [](IncomingHook& h) { h.content_types = {"text/plain\r\n"}; }},
      {emit, [](IncomingHook& h) { h.max_body = 0; }},
      {emit, [](IncomingHook& h) { h.max_body = (1u << 20) + 1; }},  // no event holds it
      {project, [](IncomingHook& h) { h.max_body = (25u << 20) + 1; }},
      {emit, [](IncomingHook& h) { h.max_body = std::numeric_limits<std::size_t>::max(); }},
      {emit, [](IncomingHook& h) { h.rate = -0.1; }},
      {emit, [](IncomingHook& h) { h.rate = 10'000.1; }},
      {emit, [](IncomingHook& h) { h.rate = std::numeric_limits<double>::quiet_NaN(); }},
      {emit, [](IncomingHook& h) { h.rate = std::numeric_limits<double>::infinity(); }},
  };
  for (const Change& row : rows) {
    IncomingHook hook = making(row.kind);
    row.change(hook);
    const Status status = check_incoming(hook, known);
    REQUIRE_MESSAGE(!status.has_value(), (&row - rows));
    CHECK(status.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("actions outside their bounds are refused") {
  const Change rows[] = {
      {project, [](IncomingHook& h) { h.action.fields.clear(); }},
      {project, [](IncomingHook& h) { h.action.fields = {field("status=/a")}; }},
      {project, [](IncomingHook& h) { h.action.fields.push_back(field("text=/a")); }},
      {project, [](IncomingHook& h) { h.action.fields.push_back(field("Name=/a")); }},
      {project, [](IncomingHook& h) { h.action.fields.push_back(field("name=/a")); }},
      {project, [](IncomingHook& h) { h.action.command = {"/bin/true"}; }},
      {project, [](IncomingHook& h) { h.action.event_type = "project.created"; }},
      {note, [](IncomingHook& h) { h.action.fields.pop_back(); }},
      {note, [](IncomingHook& h) { h.action.fields.erase(h.action.fields.begin()); }},
      {note, [](IncomingHook& h) { h.action.fields.push_back(field("name=/a")); }},
      {emit, [](IncomingHook& h) { h.action.event_type = ""; }},
      {emit, [](IncomingHook& h) { h.action.fields = fields(51); }},
      {emit,
       [](IncomingHook& h) {
         h.action.fields = {field("a=/a"), field("a=/b")};
       }},
      {emit,
       [](IncomingHook& h) { h.action.conditions.assign(21, parse_condition("/a=b").value()); }},
      {emit,
       [](IncomingHook& h) {
         h.action.conditions = {
             {.value = {ValueSource::pointer, "/a"}, .is_regex = true, .expected = "["}};
       }},
      {emit,
       [](IncomingHook& h) {
         h.action.conditions = {
             {.value = {ValueSource::literal, "a"}, .is_regex = false, .expected = "a"}};
       }},
      {run, [](IncomingHook& h) { h.action.command.clear(); }},
      {run, [](IncomingHook& h) { h.action.command = {"deploy"}; }},
      {run, [](IncomingHook& h) { h.action.command = {"./deploy"}; }},
      {run, [](IncomingHook& h) { h.action.command = {"~/deploy"}; }},
      {run, [](IncomingHook& h) { h.action.command = {""}; }},
      {run, [](IncomingHook& h) { h.action.command = {std::string("/bin/true\0x", 11)}; }},
      {run, [](IncomingHook& h) { h.action.command.push_back(std::string("a\0b", 3)); }},
      {run, [](IncomingHook& h) { h.action.command.push_back(std::string(4097, 'x')); }},
      {run, [](IncomingHook& h) { h.action.command.assign(66, "/a"); }},
      {run, [](IncomingHook& h) { h.action.timeout = 999ms; }},
      {run, [](IncomingHook& h) { h.action.timeout = 600'001ms; }},
      {run, [](IncomingHook& h) { h.action.timeout = -1s; }},
      {run, [](IncomingHook& h) { h.action.max_parallel = 0; }},
      {run, [](IncomingHook& h) { h.action.max_parallel = 17; }},
      {run, [](IncomingHook& h) { h.action.directory = "srv"; }},
      {run, [](IncomingHook& h) { h.action.directory = std::string("/srv\0x", 6); }},
      {run, [](IncomingHook& h) { h.action.fields = fields(1); }},
  };
  for (const Change& row : rows) {
    IncomingHook hook = making(row.kind);
    row.change(hook);
    const Status status = check_incoming(hook, known);
    REQUIRE_MESSAGE(!status.has_value(), (&row - rows));
    CHECK(status.error().code == ErrorCode::invalid);
  }
}

TEST_CASE("an unknown event type is not found, with the nearest that is known") {
  IncomingHook hook = making(emit);
  hook.action.event_type = "project.craeted";
  const Status near = check_incoming(hook, known);
  REQUIRE_FALSE(near.has_value());
  CHECK(near.error().code == ErrorCode::not_found);
  CHECK(remark_text(near.error().hint).find("project.created") != std::string::npos);

  hook.action.event_type = "\x1b[31m";
  const Status far = check_incoming(hook, known);
  REQUIRE_FALSE(far.has_value());
  CHECK(far.error().code == ErrorCode::not_found);
  CHECK(far.error().text.find('\x1b') == std::string::npos);
}

TEST_CASE("the URL of a webhook") {
  for (const std::string_view given : {"https://hooks.example.com", "https://hooks.example.com/",
                                       "https://hooks.example.com///"}) {
    const auto url = check_public_url(given);
    REQUIRE_MESSAGE(url.has_value(), given);
    CHECK(*url == "https://hooks.example.com");
    CHECK(incoming_url(*url, token) == "https://hooks.example.com/api/webhooks/incoming/" + token);
  }
  const struct {
    std::string_view given;
    std::string_view url;
  } rows[] = {
      {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
      {"http://localhost:8080/", "http://localhost:8080"},
      {"https://[::1]:8443", "https://[::1]:8443"},
      {"https://example.com/hooks/", "https://example.com/hooks"},
      {"https://example.com/a%20b", "https://example.com/a%20b"},
      {"HTTPS://Example.COM", "https://example.com"},
      {"https://example.com.", "https://example.com"},
      {"https://example.com:443/", "https://example.com"},
      {"http://example.com:443/", "http://example.com:443"},
      {"http://example.com:80/", "http://example.com"},
      {"https://example.com:80/", "https://example.com:80"},
      {"http://[2001:DB8::1]/", "http://[2001:db8::1]"},
      {"http://[2001:db8::1]:443/", "http://[2001:db8::1]:443"},
      {"http://example.com/a:443/", "http://example.com/a:443"},
  };
  for (const auto& row : rows) CHECK(check_public_url(row.given) == std::string(row.url));
}

TEST_CASE("a public URL outside ASCII is told how it is written") {
  const auto url = check_public_url("http://bücher.example:8080");
  REQUIRE_FALSE(url.has_value());
  CHECK(remark_text(url.error().hint) == "write http://xn--bcher-kva.example:8080/");
}

TEST_CASE("what is no URL to be reached by is refused") {
  for (const std::string_view url : {"",
                                     "/",
                                     "example.com",
                                     "https:",
                                     "https://",
                                     "https:///",
                                     "https:///x",
                                     "ftp://example.com",
                                     "file:///etc/passwd",
                                     "javascript://example.com",
                                     "https://example.com?a=b",
                                     "https://example.com/?",
                                     "https://example.com#a",
                                     "https://example.com/#",
                                     "https://user:pw@example.com",
                                     "https://example.com\\x",
                                     "https://example.com /",
                                     " https://example.com",
                                     "https://example.com\r\nX: y",
                                     "https://exämple.com",
                                     "https://:8080",
                                     "https://example.com:",
                                     "https://example.com:0",
                                     "https://example.com:99999",
                                     "https://example.com:port",
                                     "https://a..b",
                                     "https://-a.com",
                                     "https://[::1",
                                     "https://[x]",
                                     "https://2130706433",
                                     "https://0x7f.1",
                                     "https://%31",
                                     "https://example.com/%zz",
                                     "httpshttps://example.com",
                                     "//example.com"}) {
    const auto checked = check_public_url(url);
    REQUIRE_MESSAGE(!checked.has_value(), url);
    CHECK(checked.error().code == ErrorCode::invalid);
    CHECK_FALSE(checked.error().hint.empty());
  }
  CHECK_FALSE(check_public_url("https://" + std::string(100'000, 'a')).has_value());
}

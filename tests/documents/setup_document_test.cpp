#include "core/documents/setup_document.h"

#include "core/documents/object_reader.h"
#include "core/documents/settings_json.h"
#include "tests/support/remark_text.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

std::string with_outgoing(const std::string& members) {
  return R"({"outgoing":[{"name":"crm","url":"https://crm.test/","events":["*"])" + members + "}]}";
}

std::string with_incoming(const std::string& members) {
  return R"({"incoming":[{"name":"in",)" + members + "}]}";
}

Endpoint detailed_endpoint() {
  Endpoint endpoint;
  endpoint.name = "crm \"ümlaut\" 🎉";
  endpoint.url = "https://crm.test/in?a=b";
  endpoint.description = "Customers";
  endpoint.events = {"project.*", "task.created"};
  endpoint.conditions = {{{ValueSource::pointer, "/data/status"}, false, "FINAL"},
                         {{ValueSource::pointer, "/event"}, true, "^a=b~", true}};
  endpoint.headers = {{"x-team", "a, b"}, {"x-key", "k"}};
  endpoint.signature = SignatureMode::standard;
  endpoint.signature_header = "x-hex";
  endpoint.retry = {Millis{60'000}, Millis{300'000}};
  endpoint.timeout = Millis{2'500};
  endpoint.max_in_flight = 3;
  endpoint.rate = 12.5;
  endpoint.allow_private = true;
  endpoint.ca_file = "/etc/ca.pem";
  endpoint.client_cert = "/etc/cert.pem";
  endpoint.client_key = "/etc/key.pem";
  return endpoint;
}

IncomingHook detailed_hook() {
  IncomingHook hook;
  hook.name = "deploy";
  hook.description = "Ships";
  hook.action.kind = ActionKind::run;
  hook.action.fields = {{"who", {ValueSource::pointer, "/user"}, "nobody"}};
  hook.action.conditions = {{{ValueSource::header, "x-kind"}, true, "^push$"}};
  hook.action.command = {"/bin/true", "a b"};
  hook.action.directory = "/srv";
  hook.action.timeout = Millis{5'000};
  hook.action.max_parallel = 2;
  hook.scheme = "github";
  hook.verify_token = "hello";
  hook.allowed_addresses = {"10.0.0.0/8"};
  hook.content_types = {"application/json"};
  hook.max_body = 2048;
  hook.dedupe = Millis{0};
  hook.rate = 3;
  hook.enabled = false;
  return hook;
}

}  // namespace

TEST_CASE("what is written is read back") {
  SetupContent content;
  content.event_types = {{"invoice.paid", "Own", "An invoice is paid", R"({"id":"inv_1"})", false}};
  content.outgoing = {detailed_endpoint()};
  content.outgoing[0].state = EndpointState::disabled;
  content.outgoing[0].disabled_by = DisabledBy::member;
  content.incoming = {detailed_hook()};
  content.with_secrets = true;
  content.outgoing_secrets = {"whsec_x"};
  content.incoming_secrets = {"s3cret"};
  content.incoming_tokens = {"t0ken"};
  content.members = {{.name = "ada", .role = Role::owner}, {.name = "bob", .role = Role::viewer}};
  content.public_url = "https://hooks.test";
  const auto document = read_setup_document(write_setup_document(content));
  REQUIRE_MESSAGE(document, document.error().text);
  CHECK(document->public_url == "https://hooks.test");
  REQUIRE(document->members->size() == 2);
  CHECK(document->members->back().member == content.members.back());
  CHECK(document->incoming->front().token == "t0ken");
  REQUIRE(document->event_types->size() == 1);
  CHECK(document->event_types->front().sample.contains("inv_1"));
  CHECK_FALSE(document->event_types->front().builtin);

  REQUIRE(document->outgoing->size() == 1);
  const OutgoingSetup& outgoing = document->outgoing->front();
  CHECK(outgoing.signature == SignatureMode::standard);
  CHECK(outgoing.secret == "whsec_x");
  CHECK(outgoing.active == false);
  Endpoint settings = outgoing.settings;
  settings.signature = *outgoing.signature;
  CHECK(settings_difference(&content.outgoing[0], &settings).empty());
  CHECK(settings.conditions == content.outgoing[0].conditions);

  REQUIRE(document->incoming->size() == 1);
  const IncomingSetup& incoming = document->incoming->front();
  CHECK(incoming.secret == "s3cret");
  CHECK(incoming.active == false);
  CHECK_FALSE(incoming.verify_token_left_out);
  CHECK(settings_difference(&content.incoming[0], &incoming.settings).empty());
  CHECK(incoming.settings.action == content.incoming[0].action);
}

TEST_CASE("a secret from elsewhere is not asked for where something else is wrong") {
  const auto document = read_setup_document(
      R"({"incoming":[{"name":"in","secret":{"file":"x"},"token":{"env":"T"}}]})",
      [](const SecretSource&) -> Result<std::string> { return "s3cret"; });
  REQUIRE_FALSE(document);
  CHECK_MESSAGE(document.error().text.contains("the action is missing"), document.error().text);
}

TEST_CASE("without secrets the document holds none, and what failures have disabled is not said") {
  SetupContent content;
  content.outgoing = {detailed_endpoint()};
  content.outgoing[0].headers = {{"x-key", "t0psecret"}};
  content.outgoing[0].state = EndpointState::disabled;
  content.outgoing[0].disabled_by = DisabledBy::failures;
  content.incoming = {detailed_hook()};
  const std::string text = write_setup_document(content);
  CHECK_FALSE(text.contains("t0psecret"));
  CHECK_FALSE(text.contains("hello"));
  CHECK_FALSE(text.contains("\"secret\""));
  const auto document = read_setup_document(text);
  REQUIRE_MESSAGE(document, document.error().text);
  CHECK_FALSE(document->outgoing->front().active);
  CHECK(document->outgoing->front().settings.headers.front().value.empty());
  CHECK(document->incoming->front().verify_token_left_out);
}

TEST_CASE("what is not said is as for a new webhook") {
  const auto document = read_setup_document(with_outgoing(""));
  REQUIRE(document);
  CHECK_FALSE(document->event_types);
  CHECK_FALSE(document->incoming);
  const OutgoingSetup& setup = document->outgoing->front();
  CHECK(setup.settings.timeout == Endpoint().timeout);
  CHECK(setup.settings.retry.size() == 3);
  CHECK_FALSE(setup.signature);
  CHECK_FALSE(setup.secret);
  CHECK_FALSE(setup.active);
  CHECK(read_setup_document("{}"));
  CHECK(read_setup_document(with_outgoing(R"(,"rate":null,"caFile":null)")));
}

TEST_CASE("a document that is off is refused, with the place, the line and what to do") {
  const struct {
    std::string text;
    const char* says;
    const char* hints = "";
  } rows[] = {
      {"", ""},
      {"[]", "must be an object"},
      {R"({"version":2})", "version"},
      {"{\n\"outgoings\":[]}", "line 2", "outgoing"},
      {R"({"outgoing":{}})", "must be an array"},
      {R"({"outgoing":[3]})", "outgoing[0]"},
      {R"({"outgoing":[{"url":"https://a.test/","events":["*"]}]})", "the name is missing"},
      {R"({"outgoing":[{"name":"a","events":["*"]}]})", "the URL is missing"},
      {R"({"outgoing":[{"name":"a","url":"https://a.test/"}]})", "event types is missing"},
      {with_outgoing(R"(,"timeuot":"5s")"), "unknown member \"timeuot\"", "timeout"},
      {with_outgoing(R"(,"when":"/data/a=1")"), "when in line 1: must be an array"},
      {with_outgoing(R"(,"when":[1])"), "when"},
      {with_outgoing(R"(,"when":["/data/a=1","/status=FINAL"])"),
       "outgoing[0] crm, when in line 1: the condition \"/status=FINAL\" points to nothing",
       "/data/status=FINAL"},
      {with_outgoing(R"(,"when":["header:x=1"])"), "is on a request"},
      {with_outgoing(R"(,"timeout":5)"), "timeout in line 1: must be a string, not a number"},
      {with_outgoing(R"(,"timeout":"soon")"), "outgoing[0] crm, timeout"},
      {with_outgoing(R"(,"retry":"1s,,2s")"), "retry"},
      {with_outgoing(R"(,"maxInFlight":0)"), "must be an integer from 1 to 256, not 0"},
      {with_outgoing(R"(,"maxInFlight":1.5)"), "must be an integer from 1 to 256, not 1.5"},
      {with_outgoing(R"(,"rate":1e999)"), "1e999 is out of range"},
      {with_outgoing(R"(,"signature":"rsa")"), "\"rsa\" is not one of both"},
      {with_outgoing(R"(,"headers":[{"value":"x"}])"), "headers"},
      {with_outgoing(R"(,"headers":["x"])"), "headers"},
      {R"({"outgoing":[{"name":"a","url":"https://a.test/","events":[1]}]})",
       "must be an array of strings"},
      {with_outgoing(R"(,"allowPrivate":"yes")"), "true or false"},
      {with_outgoing(R"(,"url":"https://b.test/")"), "duplicate member \"url\""},
      {R"({"outgoing":[{"name":"a","url":"https://a.test/","events":["*"]},)"
       R"({"name":"a","url":"https://b.test/","events":["*"]}]})",
       "outgoing[1] a, name"},
      {with_incoming(R"("scheme":"github")"), "the action is missing"},
      {with_incoming(R"("action":{})"), "the kind is missing"},
      {with_incoming(R"("action":{"kind":"explode"})"), "unknown action \"explode\"",
       "create-project"},
      {with_incoming(R"("action":{"kind":"emit","when":["nonsense"]})"), "when"},
      {with_incoming(R"("action":{"kind":"emit","set":[{"field":"a"}]})"), "set"},
      {with_incoming(R"("action":{"kind":"emit","set":[{"field":"a","from":"b:c"}]})"), "set"},
      {with_incoming(R"("action":{"kind":"emit"},"maxBody":-1)"), "maxBody"},
      {R"({"outgoing":[{"name":"a","url":"https://a.test/","events":["*"]}],)"
       R"("incoming":[{"name":"a","action":{"kind":"emit","event":"x.y"}}]})",
       "incoming[0] a"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto document = read_setup_document(row.text);
    REQUIRE_FALSE(document);
    CHECK(document.error().code == ErrorCode::invalid);
    CHECK_MESSAGE(document.error().text.contains(row.says), document.error().text);
    CHECK_MESSAGE(remark_text(document.error().hint).contains(row.hints),
                  remark_text(document.error().hint));
  }
}

TEST_CASE("the tenth webhook is named by its place and line") {
  std::string text = "{\"outgoing\": [";
  for (int i = 0; i < 12; ++i) {
    text += (i ? ",\n" : "\n") + std::string(R"({"name":"w)") + std::to_string(i) +
            R"(","url":"https://a.test/","events":["*"])" +
            (i == 9 ? R"(,"timeout":"never"})" : "}");
  }
  const auto document = read_setup_document(text + "]}");
  REQUIRE_FALSE(document);
  CHECK_MESSAGE(document.error().text.starts_with("outgoing[9] w9, timeout in line 11:"),
                document.error().text);
}

TEST_CASE("the trail shows that a hidden value is another one, and not which") {
  Endpoint before = detailed_endpoint();
  Endpoint after = before;
  after.headers[1].value = "n3w";
  const JsonDifference changed = settings_difference(&before, &after);
  CHECK_FALSE(changed.empty());
  CHECK_FALSE(changed.before.contains("\"k\""));
  CHECK_FALSE(changed.after.contains("n3w"));
  CHECK(describe(changed).contains("(hidden, changed)"));
  CHECK_FALSE(settings_difference(nullptr, &before).after.contains("a, b"));

  IncomingHook hook = detailed_hook();
  IncomingHook other = hook;
  other.verify_token = "bye";
  const JsonDifference token = settings_difference(&hook, &other);
  CHECK_FALSE(token.empty());
  CHECK_FALSE((token.before + token.after).contains("bye"));
  CHECK_FALSE((token.before + token.after).contains("hello"));
}

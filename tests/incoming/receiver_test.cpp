// From an admitted request to its answer: only what is durably recorded is accepted.
#include "tests/incoming/site.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a request is answered when it has been recorded, not before") {
  Site site;
  const auto hook = site.add();
  const auto answer = site.begin(post(R"({"order":1})"));
  CHECK_FALSE(answer->has_value());
  CHECK(site.recorded().empty());
  CHECK(site.woken == 1);
  CHECK(site.intake->has_waiting());
  site.intake->record();
  CHECK_FALSE(site.intake->has_waiting());
  REQUIRE(answer->has_value());
  const auto recorded = site.recorded();
  REQUIRE(recorded.size() == 1);
  CHECK((*answer)->status == 200);
  CHECK((*answer)->body == R"({"success":true,"requestId":")" + to_text(recorded[0].id) + R"("})");
  CHECK(header_of(**answer, "content-type") == "application/json");
  const IncomingRequest whole = get(site.store->requests().one(recorded[0].id));
  CHECK(whole.hook == hook);
  CHECK(whole.state == RequestState::pending);
  CHECK(whole.body == R"({"order":1})");
  CHECK(whole.peer == "192.0.2.1");
  CHECK(whole.received_at == site.now());
}

TEST_CASE("what arrives meanwhile is recorded together, each with its own answer") {
  Site site;
  site.hands_over = false;
  site.add();
  std::vector<std::shared_ptr<std::optional<HttpResponse>>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(site.begin(post(std::to_string(i))));
  answers.push_back(site.begin(post("1")));
  CHECK(site.arrivals == 1);
  site.intake->hand_over();
  CHECK(site.woken == 1);
  site.intake->record();
  std::vector<std::string> ids;
  for (const auto& answer : answers) {
    REQUIRE(answer->has_value());
    CHECK((*answer)->status == 200);
    ids.push_back(text_in((*answer)->body, "/requestId"));
  }
  CHECK(text_in((*answers[1])->body, "/duplicate").empty());
  CHECK(text_in((*answers[3])->body, "/duplicate") == "true");
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_CASE("a duplicate is accepted, and says so, until the window ends") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.dedupe = hour;
  site.add(hook);
  const HttpRequest request = post("{}", {{"webhook-id", "msg_1"}});
  CHECK_FALSE(site.send(request).body.contains("duplicate"));
  site.clock.advance(hour - Millis{1});
  const HttpResponse again = site.send(request);
  CHECK(again.status == 200);
  CHECK(again.body == R"({"success":true,"requestId":")" + text_in(again.body, "/requestId") +
                          R"(","duplicate":true})");
  CHECK(site.recorded().front().state == RequestState::duplicate);
  site.clock.advance(Millis{1});
  CHECK_FALSE(site.send(request).body.contains("duplicate"));
}

TEST_CASE("a refused request is answered at once, and recorded without its body") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "github";
  site.add(hook);
  const auto answer = site.begin(post(R"({"secret":1})"));
  REQUIRE(answer->has_value());
  CHECK((*answer)->status == 401);
  CHECK(error_code(**answer) == "INVALID_SIGNATURE");
  site.intake->record();
  const auto recorded = site.recorded();
  REQUIRE(recorded.size() == 1);
  const IncomingRequest whole = get(site.store->requests().one(recorded[0].id));
  CHECK(whole.state == RequestState::rejected);
  CHECK(whole.detail == "there is no x-hub-signature-256 header");
  CHECK(whole.body.empty());
  CHECK(whole.body_size == 12);
  CHECK(whole.headers == "{}");
  CHECK(whole.peer == "192.0.2.1");
  CHECK(whole.ended_at.has_value());
  // A rejection is nothing that a good one could be a duplicate of.
  const HttpResponse good = site.send(signed_post("github", site.now(), R"({"secret":1})"));
  CHECK(good.status == 200);
  CHECK_FALSE(good.body.contains("duplicate"));
}

TEST_CASE("one rejection a second is recorded for a webhook, all are answered") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "github";
  site.add(hook);
  for (int i = 0; i < 5; ++i) CHECK(site.send(post("{}")).status == 401);
  CHECK(site.recorded().size() == 1);
  site.clock.advance(second);
  for (int i = 0; i < 5; ++i) CHECK(site.send(post("{}")).status == 401);
  CHECK(site.recorded().size() == 2);
}

TEST_CASE("a handshake is answered and leaves nothing behind") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "slack";
  site.add(hook);
  const std::string body = R"({"type":"url_verification","challenge":"abc"})";
  const auto answer = site.begin(signed_post("slack", site.now(), body));
  REQUIRE(answer->has_value());
  CHECK((*answer)->status == 200);
  CHECK((*answer)->body == "abc");
  CHECK_FALSE(site.intake->has_waiting());
}

TEST_CASE("a sender that signs the URL signs the public one") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "square";
  site.add(hook);
  CHECK(site.send(signed_post("square", site.now(), "{}", {}, "", "a=1")).status == 200);
}

TEST_CASE("a webhook has its rate, which only its sender uses up") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "github";
  hook.rate = 2;
  site.add(hook);
  const auto good = [&](int n) {
    return site.send(signed_post("github", site.now(), std::to_string(n)));
  };
  for (int i = 0; i < 10; ++i) CHECK(site.send(post("{}")).status == 401);
  CHECK(good(1).status == 200);
  CHECK(good(2).status == 200);
  const HttpResponse refused = good(3);
  CHECK(refused.status == 429);
  CHECK(error_code(refused) == "RATE_LIMITED");
  CHECK(header_of(refused, "retry-after") == "1");
  // Not recorded: it comes again.
  CHECK(incoming_stats_of(*site.store, {7}).received == 2);
  site.clock.advance(Millis{500});
  CHECK(good(3).status == 200);
  CHECK(good(4).status == 429);
}

TEST_CASE("a locked database is a reason to come again soon") {
  Site site;
  site.add();
  RawDatabase other(site.place.options.file);
  other.run("BEGIN IMMEDIATE");
  const HttpResponse refused = site.send(post("{}"));
  CHECK(refused.status == 503);
  CHECK(error_code(refused) == "BUSY");
  CHECK(header_of(refused, "retry-after") == "1");
  other.run("ROLLBACK");
  CHECK(site.recorded().empty());
  const HttpResponse good = site.send(post("{}"));
  CHECK(good.status == 200);
  CHECK_FALSE(good.body.contains("duplicate"));
}

TEST_CASE("a full disk is a reason to come again later, for all that waited") {
  Site site({}, std::uint64_t{1} << 60);
  site.add();
  const auto first = site.begin(post("1"));
  const auto second_one = site.begin(post("2"));
  site.intake->record();
  for (const auto& answer : {first, second_one}) {
    REQUIRE(answer->has_value());
    CHECK((*answer)->status == 507);
    CHECK(error_code(**answer) == "STORAGE_FULL");
    CHECK(header_of(**answer, "retry-after") == "30");
  }
  CHECK(site.recorded().empty());
}

TEST_CASE("load balancers are told of a full disk, as long as it is full") {
  Site site({}, std::uint64_t{1} << 60);
  site.add();
  const auto health = [&] { return site.send(with_method("GET", to_target("/healthz"))); };
  CHECK(health().status == 200);
  CHECK(site.send(post("1")).status == 507);
  CHECK(health().status == 503);
  CHECK(health().body == R"({"status":"unavailable","code":"FULL"})");
  CHECK(header_of(health(), "retry-after") == "1");
  // Nobody sends to what is not healthy: it is tried again some time.
  site.clock.advance(5 * second);
  CHECK(health().status == 200);
  CHECK(site.send(post("1")).status == 507);
  site.health.note({});
  CHECK(health().status == 200);
  CHECK(site.broken == 0);
}

TEST_CASE("no more waits than memory is meant for") {
  ReceiverOptions options;
  options.per_address = 0;
  Site site(options);
  site.add();
  std::vector<std::shared_ptr<std::optional<HttpResponse>>> answers;
  for (int i = 0; i < 4096; ++i) answers.push_back(site.begin(post(std::to_string(i))));
  const auto refused = site.begin(post("{}"));
  REQUIRE(refused->has_value());
  CHECK((*refused)->status == 503);
  CHECK(error_code(**refused) == "OVERLOADED");
  CHECK(header_of(**refused, "retry-after") == "1");
  CHECK(std::ranges::none_of(answers, [](const auto& a) { return a->has_value(); }));
  while (site.intake->record()) {
  }
  CHECK(std::ranges::all_of(answers, [](const auto& a) { return (*a)->status == 200; }));
  CHECK(site.send(post("{}")).status == 200);

  // By bytes as well: three large ones fit, the fourth does not.
  IncomingHook large = sample_incoming("large", 8);
  large.action.fields = {{"text", {.source = ValueSource::pointer, .text = ""}, std::nullopt}};
  large.max_body = 25u << 20;
  const std::string token(43, 'L');
  site.add(large, token);
  const std::string body = '"' + std::string(20u << 20, 'x') + '"';
  const auto begin_large = [&] { return site.begin(to_target(incoming_path + token, post(body))); };
  std::vector<decltype(begin_large())> three;
  for (int i = 0; i < 3; ++i) three.push_back(begin_large());
  const auto fourth = begin_large();
  site.receiver->finish();  // large ones are checked in the background
  for (const auto& one : three) CHECK_FALSE(one->has_value());
  REQUIRE(fourth->has_value());
  CHECK((*fourth)->status == 503);
  CHECK(error_code(**fourth) == "OVERLOADED");
  CHECK(header_of(**fourth, "retry-after") == "1");
}

TEST_CASE("large requests are recorded one at a time, and small ones between them") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.action.fields = {{"text", {.source = ValueSource::pointer, .text = ""}, std::nullopt}};
  hook.max_body = 25u << 20;
  site.add(hook);
  const auto large = [&](char c) { return site.begin(post('"' + std::string(3u << 20, c) + '"')); };
  const auto first = large('a');
  const auto second_one = large('b');
  site.receiver->finish();
  const auto small = site.begin(post("1"));
  REQUIRE(site.intake->record());
  CHECK(small->has_value());
  CHECK(first->has_value());
  CHECK_FALSE(second_one->has_value());
  const auto another = site.begin(post("2"));
  REQUIRE(site.intake->record());
  CHECK(another->has_value());
  CHECK(second_one->has_value());
  CHECK_FALSE(site.intake->record());
}

TEST_CASE("a form that becomes too large for an event as JSON is refused, not recorded") {
  Site site;
  site.add();
  const auto form = [](std::size_t count) {
    std::string body = "a=";
    for (std::size_t i = 0; i < count; ++i) body += '"';
    return of_type("application/x-www-form-urlencoded", post(body));
  };
  CHECK(site.send(form(1000)).status == 200);
  const auto refused = site.begin(form(600'000));  // each becomes two bytes
  site.receiver->finish();
  REQUIRE(refused->has_value());
  CHECK((*refused)->status == 413);
  CHECK(error_code(**refused) == "BODY_TOO_LARGE");
  CHECK(site.recorded().size() == 1);
}

TEST_CASE("a webhook whose failed requests hold too much asks to come again later") {
  ReceiverOptions options;
  options.most_failed = 1000;
  Site site(options);
  const auto hook = site.add();
  const auto elsewhere = site.place.open();
  const RequestId failed =
      receive_one(*elsewhere, sample_request(hook, {}, std::string(800, 'a'))).id;
  finish_one(*elsewhere, failed, RequestState::failed);
  const HttpResponse refused = site.send(post('"' + std::string(800, 'b') + '"'));
  CHECK(refused.status == 503);
  CHECK(error_code(refused) == "FAILED_REQUESTS");
  CHECK(header_of(refused, "retry-after") == "30");
  CHECK(incoming_stats_of(*site.store, hook).received == 1);
  CHECK(site.recorded().size() == 1);
}

TEST_CASE("a broken database is told to whoever sends, to load balancers, and to the service") {
  Site site;
  site.add();
  const auto health = [&] { return site.send(with_method("GET", to_target("/healthz"))); };
  CHECK(health().status == 200);
  RawDatabase other(site.place.options.file);
  other.run("BEGIN IMMEDIATE");
  CHECK(site.send(post("1")).status == 503);
  CHECK(health().status == 200);  // a lock passes
  other.run("ROLLBACK");
  CHECK(site.send(post("1")).status == 200);
  CHECK(site.broken == 0);

  other.run("DROP TABLE incoming_seen");
  const HttpResponse refused = site.send(post("3"));
  CHECK(refused.status == 503);
  CHECK(error_code(refused) == "UNAVAILABLE");
  CHECK(header_of(refused, "retry-after") == "1");
  CHECK(health().status == 503);
  CHECK(health().body == R"({"status":"unavailable","code":"DATABASE"})");
  CHECK(header_of(health(), "retry-after") == "1");
  CHECK(site.send(post("4")).status == 503);
  CHECK(site.broken == 1);
  site.clock.advance(hour);
  CHECK(health().status == 503);
}

TEST_CASE("who asked for it is told of what arrives and of what is refused") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "github";
  const auto id = site.add(hook);
  CHECK(site.send(signed_post("github", site.now(), "{}")).status == 200);  // nobody asked yet
  Endpoint ops = sample_endpoint("ops", 1);
  ops.events = {"incoming.*"};
  ok(site.store->config().add_endpoint(ops, sample_secret(), site.now(), {}));
  CHECK(site.send(signed_post("github", site.now(), "[1]")).status == 200);
  CHECK(site.send(signed_post("github", site.now(), "[1]")).status == 200);  // a duplicate
  CHECK(site.send(post("{}")).status == 401);
  std::vector<std::string> bodies;
  for (const QueuedDelivery& row : all_due(*site.store, ops.id)) bodies.push_back(row.body);
  REQUIRE(bodies.size() == 2);
  CHECK(text_in(bodies[0], "/event") == "incoming.received");
  CHECK(text_in(bodies[0], "/data/bytes") == "3");
  CHECK(text_in(bodies[0], "/data/reason").empty());
  CHECK(text_in(bodies[1], "/event") == "incoming.rejected");
  CHECK(text_in(bodies[1], "/data/bytes") == "2");
  CHECK(text_in(bodies[1], "/data/reason") == "there is no x-hub-signature-256 header");
  for (const std::string& body : bodies) {
    CHECK(text_in(body, "/data/incomingId") == to_text(id));
    CHECK(text_in(body, "/data/peer") == "192.0.2.1");
  }
}

TEST_CASE("the handshake of Microsoft Graph comes as text") {
  Site site;
  site.add();
  const auto a = site.send(
      of_type("text/plain; charset=utf-8",
              to_target(incoming_path + sample_token + "?validationToken=abc", post(""))));
  CHECK(a.status == 200);
  CHECK(a.body == "abc");
}

TEST_CASE("another id that is not signed makes no other message") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "thig";
  site.add(hook);
  HttpRequest r = signed_post("thig", site.now(), "{}");
  CHECK(site.send(r).status == 200);
  for (Header& h : r.headers)
    if (h.name == "webhook-id") h.value = "msg_forged";
  const auto a = site.send(r);
  CHECK(a.status == 200);
  CHECK(a.body.contains("duplicate"));
}

TEST_CASE("proxies that append a header line of their own are read from the last one") {
  ReceiverOptions o;
  o.trusted_proxies = {get(parse_cidr("10.0.0.0/8"))};
  Site site(o);
  HttpRequest r =
      from("10.0.0.1",
           post("{}", {{"x-forwarded-for", "203.0.113.66"}, {"x-forwarded-for", "198.51.100.1"}}));
  CHECK(site.receiver->client_of(r) == "198.51.100.1");
}

TEST_CASE("an old signed body under another id takes nothing from that id's own message") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.scheme = "github";
  site.add(hook);
  const auto sent = [&](std::string body, std::string id) {
    return site.send(
        signed_post("github", site.now(), std::move(body), {{"x-github-delivery", id}}));
  };
  CHECK_FALSE(sent(R"({"n":1})", "d1").body.contains("duplicate"));
  CHECK(sent(R"({"n":1})", "d2").body.contains("duplicate"));
  CHECK_FALSE(sent(R"({"n":2})", "d2").body.contains("duplicate"));
  // A workflow that is dispatched twice with equal inputs runs twice, and each delivery once.
  const std::string dispatch = R"({"inputs":{},"ref":"refs/heads/main","workflow":"deploy.yml"})";
  CHECK_FALSE(sent(dispatch, "d3").body.contains("duplicate"));
  CHECK_FALSE(sent(dispatch, "d4").body.contains("duplicate"));
  CHECK(sent(dispatch, "d4").body.contains("duplicate"));
}

TEST_CASE("signed JSON is not read as a form, unless its sender sends forms") {
  for (const std::string scheme : {"stripe", "standard", "shopify", "discord", "meta", "zoom"}) {
    CAPTURE(scheme);
    Site site;
    IncomingHook hook = sample_incoming("inbox", 7);
    hook.scheme = scheme;
    hook.content_types = {};
    site.add(hook);
    const HttpRequest request = signed_post(scheme, site.now(), R"({"id":"1"})");
    CHECK(site.send(of_type("application/x-www-form-urlencoded", request)).status == 415);
    CHECK(site.send(of_type("Application/x-www-form-URLencoded;charset=utf-8", request)).status ==
          415);
    CHECK(site.send(request).status == 200);
  }
  for (const std::string scheme : {"github", "slack", "twilio", "thig", ""}) {
    CAPTURE(scheme);
    Site site;
    IncomingHook hook = sample_incoming("inbox", 7);
    hook.scheme = scheme;
    hook.content_types = {};
    site.add(hook);
    const HttpRequest form = scheme.empty() ? post("a=1") : signed_post(scheme, site.now(), "a=1");
    CHECK(site.send(of_type("application/x-www-form-urlencoded", form)).status == 200);
  }
}

TEST_CASE("a sender that the table does not know is verified by a scheme of one's own") {
  Site site;
  IncomingHook hook = sample_incoming("woo", 7);
  hook.content_types = {};
  hook.scheme = "generic header=x-wc-webhook-signature encoding=base64";
  site.add(hook);
  std::shared_ptr<const Scheme> own;
  const auto rows = schemes_of(hook.scheme, own);
  HttpRequest request = post(R"({"id":1})");
  const SigningKey key = signing_key(sample_key);
  const auto headers =
      sign(rows, {&key, 1}, {.id = {}, .timestamp = {}, .url = {}, .body = request.body});
  request.headers.insert(request.headers.end(), headers.begin(), headers.end());
  CHECK(site.send(request).status == 200);
  CHECK(site.send(post(R"({"id":1})")).status == 401);
  request.body = R"({"id":2})";
  CHECK(site.send(request).status == 401);
}

TEST_CASE("a scheme that this version cannot read opens nothing") {
  for (const std::string scheme : {"of-the-future", "generic header=x digest=sha3"}) {
    Site site;
    IncomingHook hook = sample_incoming("inbox", 7);
    hook.scheme = scheme;
    site.add(hook);
    CHECK(site.send(post("{}")).status == 404);
  }
}

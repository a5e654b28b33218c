// Whose a request is and whether it may come in, by its head alone.
#include "tests/incoming/site.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

std::vector<Cidr> ranges(const std::vector<std::string>& texts) {
  std::vector<Cidr> all;
  for (const std::string& text : texts) all.push_back(get(parse_cidr(text)));
  return all;
}

ReceiverOptions behind_proxies() {
  ReceiverOptions options;
  options.trusted_proxies = ranges({"10.0.0.0/8", "2001:db8::/32"});
  return options;
}

HttpRequest forwarded(std::string peer, std::string list) {
  return from(std::move(peer), post("{}", {{"x-forwarded-for", std::move(list)}}));
}

}  // namespace

TEST_CASE("an unknown token, none, and a disabled webhook are told in the same words") {
  Site site;
  site.add();
  IncomingHook closed = sample_incoming("closed", 8);
  closed.enabled = false;
  const std::string closed_token(43, 'C');
  site.add(closed, closed_token);
  const HttpResponse unknown = site.send(to_target(incoming_path + std::string(43, 'A')));
  CHECK(unknown.status == 404);
  CHECK(error_code(unknown) == "NOT_FOUND");
  for (const std::string& target :
       {incoming_path + closed_token, incoming_path + "x", incoming_path, std::string("/"),
        incoming_path + sample_token + "/", incoming_path + sample_token + "%20",
        incoming_path + "../incoming/" + sample_token, "/other?" + incoming_path + sample_token,
        incoming_path + std::string(5000, 'A')}) {
    for (const std::string method : {"POST", "GET", "DELETE"}) {
      CAPTURE(target);
      CAPTURE(method);
      const HttpResponse answer = site.send(with_method(method, to_target(target)));
      CHECK(answer.status == unknown.status);
      CHECK(answer.body == unknown.body);
      CHECK(answer.headers == unknown.headers);
    }
  }
  CHECK(site.send(post("{}")).status == 200);
  CHECK(site.recorded().size() == 1);  // of the others nothing is
}

TEST_CASE("a token is open until it ends, and its webhook is named for logs") {
  Site site;
  const auto hook = site.add();
  const std::string fresh(43, 'F');
  ok(site.store->incoming().rotate_token(hook, sample_secret(fresh), site.now() + hour, site.now(),
                                         {}));
  HttpRequest by_old = post(R"({"n":1})");
  HttpRequest by_fresh = to_target(incoming_path + fresh + "?a=1");
  CHECK(site.receiver->name_of(by_old).empty());
  hand_over(by_old, site.receiver->admit(by_old));
  hand_over(by_fresh, site.receiver->admit(by_fresh));
  CHECK(site.receiver->name_of(by_old) == "inbox");
  CHECK(site.receiver->name_of(by_fresh) == "inbox");
  CHECK(site.receiver->name_of(to_target("/healthz")).empty());
  site.clock.advance(hour - Millis{1});
  CHECK(site.send(by_old).status == 200);
  site.clock.advance(Millis{1});  // the table is the same
  CHECK(site.send(by_old).status == 404);
  hand_over(by_old, site.receiver->admit(by_old));
  CHECK(site.receiver->name_of(by_old).empty());
  CHECK(site.send(by_fresh).status == 200);
}

TEST_CASE(
    "a change counts from the moment that it is made, at the head and when the body is there") {
  Site site;
  const HttpRequest request = post(R"({"n":1})");
  const auto admits = [&] { return !site.receiver->admit(request).refusal.has_value(); };
  CHECK_FALSE(admits());
  IncomingHook hook = sample_incoming("inbox", 7);
  site.add(hook);
  CHECK(admits());

  const auto handle_after = [&](const std::function<void()>& change) {
    HttpRequest under_way = request;
    hand_over(under_way, site.receiver->admit(under_way));
    change();
    std::optional<HttpResponse> answer;
    site.receiver->handle(under_way, [&](HttpResponse response) { answer = std::move(response); });
    site.intake->record();
    REQUIRE(answer.has_value());
    return answer->status;
  };
  const auto edit = [&] { ok(site.store->incoming().update(hook, std::nullopt, site.now(), {})); };
  CHECK(handle_after([] {}) == 200);
  CHECK(handle_after([&] {
          hook.max_body = 3;
          edit();
        }) == 413);
  hook.max_body = 1000;
  edit();
  CHECK(handle_after([&] {
          hook.allowed_addresses = {"198.51.100.0/24"};
          edit();
        }) == 403);
  hook.allowed_addresses = {};
  CHECK(handle_after([&] {
          hook.enabled = false;
          edit();
        }) == 404);
  CHECK_FALSE(admits());
  hook.enabled = true;
  edit();
  CHECK(handle_after([&] {
          ok(site.store->incoming().rotate_token(hook.id, sample_secret(std::string(43, 'F')),
                                                 std::nullopt, site.now(), {}));
        }) == 404);
  CHECK_FALSE(admits());
}

TEST_CASE("a body is charged to its sender's network and to its webhook") {
  Site site(behind_proxies());
  site.add();
  const std::string webhook = "webhook " + to_text(IncomingHookId{7});
  const auto accounts = [&](const HttpRequest& request) {
    return site.receiver->admit(request).accounts;
  };
  CHECK(accounts(from("192.0.2.1")) == std::vector<std::string>{"address 192.0.2.1", webhook});
  CHECK(accounts(forwarded("10.0.0.1", "192.0.2.2:99")) ==
        std::vector<std::string>{"address 192.0.2.2", webhook});
  CHECK(accounts(from("2001:db9::1")) == accounts(from("2001:db9::f:1")));
  CHECK(accounts(from("2001:db9::1")) != accounts(from("2001:db9:0:1::1")));
  CHECK(accounts(to_target("/none")).empty());
}

TEST_CASE("another method is told which there are") {
  Site site;
  site.add();
  for (const std::string method : {"PUT", "HEAD", "OPTIONS", "post", "DELETE"}) {
    CAPTURE(method);
    const HttpResponse answer = site.send(with_method(method));
    CHECK(answer.status == 405);
    CHECK(error_code(answer) == "METHOD_NOT_ALLOWED");
    CHECK(header_of(answer, "allow") == "GET, POST");
  }
  const HttpResponse plain_get = site.send(with_method("GET"));
  CHECK(plain_get.status == 405);
  CHECK(header_of(plain_get, "allow") == "GET, POST");
  const HttpResponse challenge =
      site.send(with_method("GET", to_target(incoming_path + sample_token + "?challenge=abc")));
  CHECK(challenge.status == 200);
  CHECK(challenge.body == "abc");
  CHECK(site.recorded().empty());
}

TEST_CASE("the health check is answered to anybody, whatever the rates") {
  ReceiverOptions options;
  options.per_address = 1;
  Site site(options);
  for (int i = 0; i < 5; ++i) {
    const HttpResponse answer = site.send(with_method("GET", to_target("/healthz")));
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"status":"ok"})");
  }
  CHECK(site.send(with_method("HEAD", to_target("/healthz"))).status == 200);
  CHECK(site.send(to_target("/healthz")).status == 404);
}

TEST_CASE("the client is the last address that is no proxy of ours") {
  const Site site(behind_proxies());
  const struct {
    std::string peer;
    std::string list;
    std::string client;
  } cases[] = {
      {"10.0.0.1", "203.0.113.7", "203.0.113.7"},
      {"10.0.0.1", "", "10.0.0.1"},
      {"10.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"},  // the left is the sender's word
      {"10.0.0.1", "10.9.9.9,203.0.113.7", "203.0.113.7"},
      {"10.0.0.1", "198.51.100.1, 203.0.113.7 ,\t10.0.0.2", "203.0.113.7"},
      {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
      {"10.0.0.1", "2001:db9::7", "2001:db9::7"},
      {"2001:db8::1", "203.0.113.7, 2001:db8::2", "203.0.113.7"},
      {"::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"},
      // Some proxies add the port.
      {"10.0.0.1", "203.0.113.7:51234", "203.0.113.7"},
      {"10.0.0.1", "198.51.100.1, 203.0.113.7:1 , 10.0.0.2:443", "203.0.113.7"},
      {"10.0.0.1", "[2001:db9::7]:443", "2001:db9::7"},
      {"10.0.0.1", "[2001:db9::7]", "2001:db9::7"},
      {"10.0.0.1", "203.0.113.7, [2001:db8::2]:80", "203.0.113.7"},
      {"10.0.0.1", "203.0.113.7:", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.7:x", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.7:1:2", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.7:123456", "10.0.0.1"},
      {"10.0.0.1", "[2001:db9::7", "10.0.0.1"},
      {"10.0.0.1", "[2001:db9::7]443", "10.0.0.1"},
      {"10.0.0.1", "[2001:db9::7]:", "10.0.0.1"},
      // What is no address says nothing, nor what stands before it.
      {"10.0.0.1", "unknown", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.7, unknown", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"},
      {"10.0.0.1", "203.0.113.7,", "10.0.0.1"},
      {"10.0.0.1", ",,,", "10.0.0.1"},
      // Of a peer that is not trusted the list is not read.
      {"192.0.2.1", "203.0.113.7", "192.0.2.1"},
      {"192.0.2.1", "10.0.0.1", "192.0.2.1"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.peer);
    CAPTURE(c.list);
    CHECK(site.receiver->client_of(forwarded(c.peer, c.list)) == c.client);
  }
  CHECK(site.receiver->is_trusted("10.255.0.1"));
  CHECK_FALSE(site.receiver->is_trusted("11.0.0.1"));
  CHECK(site.receiver->ignores_forwarded_for(forwarded("192.0.2.1", "203.0.113.7")));
  CHECK_FALSE(site.receiver->ignores_forwarded_for(forwarded("10.0.0.1", "203.0.113.7")));
  CHECK_FALSE(site.receiver->ignores_forwarded_for(post("{}")));
  CHECK_FALSE(site.receiver->is_trusted("unix"));
  CHECK(Site().receiver->client_of(forwarded("127.0.0.1", "203.0.113.7")) == "127.0.0.1");
}

TEST_CASE("only addresses on a webhook's list get in, and the client's is recorded") {
  Site site(behind_proxies());
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.allowed_addresses = {"203.0.113.0/24", "2001:db9::/32"};
  hook.dedupe = Millis{0};
  site.add(hook);
  const struct {
    std::string peer;
    std::string list;
    bool allowed;
  } cases[] = {
      {"203.0.113.9", "", true},
      {"::ffff:203.0.113.9", "", true},
      {"2001:db9::1", "", true},
      {"198.51.100.1", "", false},
      {"10.0.0.1", "203.0.113.7", true},
      {"10.0.0.1", "203.0.113.7, 198.51.100.1", false},
      {"198.51.100.1", "203.0.113.7", false},
      {"10.0.0.1", "", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.peer);
    CAPTURE(c.list);
    site.clock.advance(2 * second);
    const HttpRequest request = forwarded(c.peer, c.list);
    const HttpResponse answer = site.send(request);
    CHECK(answer.status == (c.allowed ? 200 : 403));
    if (!c.allowed) CHECK(error_code(answer) == "FORBIDDEN");
    const IncomingRequest last = site.recorded().front();
    CHECK(last.peer == site.receiver->client_of(request));
    CHECK(last.state == (c.allowed ? RequestState::pending : RequestState::rejected));
    CHECK(last.detail == (c.allowed ? "" : "the address is not on the webhook's list"));
    // The handshakes are for the same addresses.
    CHECK(site.send(with_method("GET", request)).status == (c.allowed ? 405 : 403));
  }
}

TEST_CASE("each address has its rate, known webhook or not") {
  ReceiverOptions options = behind_proxies();
  options.per_address = 2;
  Site site(options);
  site.add();
  const auto status = [&](const HttpRequest& request) { return site.send(request).status; };
  CHECK(status(from("192.0.2.1")) == 200);
  CHECK(status(from("192.0.2.1", to_target("/none"))) == 404);
  const HttpResponse refused = site.send(from("192.0.2.1"));
  CHECK(refused.status == 429);
  CHECK(error_code(refused) == "RATE_LIMITED");
  CHECK(header_of(refused, "retry-after") == "1");
  CHECK(status(from("192.0.2.2")) == 200);
  CHECK(status(forwarded("10.0.0.1", "192.0.2.1")) == 429);
  CHECK(status(forwarded("10.0.0.1", "192.0.2.3")) == 200);
  site.clock.advance(Millis{500});
  CHECK(status(from("192.0.2.1")) == 200);
  CHECK(status(from("192.0.2.1")) == 429);

  // Whoever has one address of an IPv6 network of 64 bits has all of it.
  CHECK(status(from("2001:db9::1")) == 200);
  CHECK(status(from("2001:db9::ffff:1")) == 200);
  CHECK(status(from("2001:db9::2")) == 429);
  CHECK(status(from("2001:db9:0:1::1")) == 200);
  // An IPv4 address is one, however the socket writes it.
  CHECK(status(from("::ffff:192.0.2.1")) == 429);
  CHECK(status(from("::ffff:192.0.2.77")) == 200);

  options.per_address = 0;
  Site open(options);
  open.add();
  for (int i = 0; i < 1000; ++i) REQUIRE(open.receiver->admit(post("{}")).refusal == std::nullopt);
}

TEST_CASE("content types are the webhook's, by default JSON and forms") {
  Site site;
  site.add();
  IncomingHook other = sample_incoming("other", 8);
  other.content_types = {"text/plain"};
  const std::string other_token(43, 'O');
  site.add(other, other_token);
  const struct {
    std::string type;
    bool by_default;
    bool by_list;
  } cases[] = {
      {"application/json", true, false},
      {"Application/JSON; charset=utf-8", true, false},
      {"application/vnd.api+json", true, false},
      {"application/x-www-form-urlencoded", true, false},
      {"", true, false},
      {"text/plain; charset=utf-8", false, true},
      {"multipart/form-data; boundary=x", false, false},
      {"application/jsonx", false, false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.type);
    const auto answer_at = [&](const std::string& token) {
      return site.send(of_type(c.type, to_target(incoming_path + token)));
    };
    CHECK(answer_at(sample_token).status == (c.by_default ? 200 : 415));
    CHECK(answer_at(other_token).status == (c.by_list ? 200 : 415));
    if (!c.by_default) CHECK(error_code(answer_at(sample_token)) == "UNSUPPORTED_MEDIA_TYPE");
  }
}

TEST_CASE("a body may be as large as its webhook says, and none is read where there is none") {
  Site site;
  IncomingHook hook = sample_incoming("inbox", 7);
  hook.max_body = 12345;
  site.add(hook);
  const Admission admitted = site.receiver->admit(post("{}"));
  CHECK_FALSE(admitted.refusal.has_value());
  CHECK(admitted.max_body == 12345);
  const Admission health = site.receiver->admit(with_method("GET", to_target("/healthz")));
  CHECK_FALSE(health.refusal.has_value());
  CHECK(health.max_body == 0);
}

#include "core/net/http_server.h"

#include "core/base/codec.h"
#include "core/base/json.h"
#include "tests/net/raw_client.h"
#include "tests/net/sending.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace thig;
using namespace std::string_literals;

namespace {

// Answers with the body as it came, behind the method and target.
class Running : public RunningServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  explicit Running(HttpServerOptions options = {}, Handler handler = echo)
      : RunningServer(options, at_once(std::move(handler))) {}
  static HttpResponse echo(const HttpRequest& request) {
    return {200, {}, request.method + " " + request.target + " " + request.body, Millis{0}};
  }
};

std::string chunked(std::string_view body, std::string_view headers = {}) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(headers) +
         "Transfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

bool is_error(const Reply& reply) {
  if (!check_json(reply.body)) return false;
  return json_find(reply.body, "error") && json_find(reply.body, "code");
}

}  // namespace

TEST_CASE("a request reaches the handler whole, and its answer comes back") {
  HttpRequest seen;
  Running server({}, [&](const HttpRequest& request) {
    seen = request;
    return HttpResponse{418, {{"x-tea", "pot"}, {"x-bad", "a\r\nb: c"}}, "short", Millis{0}};
  });
  RawClient client(server.port());
  const auto reply = client.ask(
      "PUT /a?b=c HTTP/1.1\r\nHost: a:1\r\nX-Upper: Value\r\nX: 1\r\n"
      "x: 2\r\nContent-Length: 4\r\n\r\nb\r\nd");
  CHECK(reply.status == 418);
  CHECK(reply.body == "short");
  CHECK(reply.head.find("x-tea: pot\r\n") != std::string::npos);
  CHECK(reply.head.find("b: c") == std::string::npos);
  CHECK(reply.head.find("connection: keep-alive\r\n") != std::string::npos);
  CHECK(seen.method == "PUT");
  CHECK(seen.target == "/a?b=c");
  CHECK(seen.body == "b\r\nd");
  CHECK(seen.peer == "127.0.0.1");
  CHECK(
      seen.headers ==
      std::vector<Header>{
          {"host", "a:1"}, {"x-upper", "Value"}, {"x", "1"}, {"x", "2"}, {"content-length", "4"}});
  CHECK(seen.header("x") == "1");
  CHECK(seen.header("absent").empty());
}

namespace {

struct HostileRow {
  const char* name;
  std::string bytes;
  int status;  // 0: 400 or 431, whichever shows first
};

const std::string kStart = "POST / HTTP/1.1\r\nHost: a\r\n";

std::string many_headers(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "A: b\r\n";
  return lines;
}

const std::vector<HostileRow> kFraming = {
    {"Content-Length and Transfer-Encoding", chunked("0\r\n\r\n", "Content-Length: 5\r\n"), 400},
    {"Transfer-Encoding twice", chunked("0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), 400},
    {"empty Transfer-Encoding", kStart + "Transfer-Encoding:\r\n\r\n", 400},
    {"pigeons", kStart + "Transfer-Encoding: pigeons\r\n\r\n", 400},
    {"xchunked", kStart + "Transfer-Encoding: xchunked\r\n\r\n", 400},
    {"chunked not last", kStart + "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
    {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"Content-Length twice", post("", "Content-Length: 0\r\n"), 400},
    {"two Content-Lengths", post("", "Content-Length: 5\r\n"), 400},
    {"Content-Length +1", kStart + "Content-Length: +1\r\n\r\nx", 400},
    {"Content-Length -1", kStart + "Content-Length: -1\r\n\r\nx", 400},
    {"Content-Length 1_0", kStart + "Content-Length: 1_0\r\n\r\nx", 400},
    {"Content-Length 0x10", kStart + "Content-Length: 0x10\r\n\r\nx", 400},
    {"Content-Length 10^40", kStart + "Content-Length: 1" + std::string(40, '0') + "\r\n\r\n", 400},
    {"empty Content-Length", kStart + "Content-Length:\r\n\r\n", 400},
};

const std::vector<HostileRow> kSyntax = {
    {"bare LF", "POST / HTTP/1.1\nHost: a\n\n", 400},
    {"bare CR", kStart + "A: b\rC: d\r\n\r\n", 400},
    {"NUL", kStart + "A: \0\r\n\r\n"s, 400},
    {"space before the colon", kStart + "A : b\r\n\r\n", 400},
    {"folded", kStart + "A: b\r\n c\r\n\r\n", 400},
    {"leading space", "POST / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"empty name", kStart + ": b\r\n\r\n", 400},
    {"non-ASCII name", kStart + "\xc3\xa4: b\r\n\r\n", 400},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"Host twice", kStart + "Host: b\r\n\r\n", 400},
    {"invalid Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"HTTP/9.9", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505},
    {"HTTP/1.32", "GET / HTTP/1.32\r\nHost: a\r\n\r\n", 400},
    {"HTTP/0.9", "GET /\r\n", 400},
    {"absolute-form", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
};

const std::vector<HostileRow> kChunksAndLimits = {
    {"chunk size 0_2e", chunked("0_2e\r\n"), 400},
    {"chunk size 0x", chunked("0x\r\n"), 400},
    {"chunk size of 17 digits", chunked("11111111111111111\r\n"), 400},
    {"chunk size after a space", chunked(" 5\r\nabcde\r\n"), 400},
    {"chunk size of 16 digits", chunked("0000000000000001\r\na\r\n0\r\nX\r\n\r\n"), 400},
    {"no chunk size", chunked("\r\nabc"), 400},
    {"chunk extension", chunked("3;a=b\r\nabc\r\n0\r\n\r\n"), 400},
    {"quoted chunk extension", chunked("3;a=\"b\"\r\nabc\r\n0\r\n\r\n"), 400},
    {"LF in a quoted extension", chunked("2;a=\"\nx\"\r\nab\r\n0\r\n\r\n"), 400},
    {"NUL in a quoted extension", chunked("2;a=\"\0\"\r\nab\r\n0\r\n\r\n"s), 400},
    {"extension of the last chunk", chunked("1\r\na\r\n0;a\r\n\r\n"), 400},
    {"blank after a chunk size", chunked("1 \r\na\r\n0\r\n\r\n"), 400},
    {"LF after a chunk size", chunked("1\na\r\n0\r\n\r\n"), 400},
    {"LF after a chunk", chunked("1\r\na\n0\r\n\r\n"), 400},
    {"folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), 400},
    {"trailer without a colon", chunked("0\r\nA\r\n\r\n"), 400},
    {"trailer with a control character", chunked("0\r\nA: \x1b\r\n\r\n"), 400},
    {"trailer that ends with LF", chunked("0\r\nA: b\n\r\n"), 400},
    {"trailer Host", chunked("0\r\nHOST: b\r\n\r\n"), 400},
    {"trailer Content-Length", chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
    {"trailer Transfer-Encoding", chunked("0\r\ntransfer-encoding: chunked\r\n\r\n"), 400},
    {"trailer that signs", chunked("0\r\nX-Hub-Signature-256: sha256=a\r\n\r\n"), 400},
    {"trailer that names the message", chunked("0\r\nWebhook-Id: a\r\n\r\n"), 400},
    {"chunk without its CRLF", chunked("3\r\nabcde\r\n"), 400},
    {"other expectation", post("x", "Expect: tea\r\n"), 417},
    {"target of 3 KB", "GET /" + std::string(3000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"target of 64 KB", "GET /" + std::string(65536, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"65 headers", kStart + many_headers(64) + "\r\n", 431},
    {"9 KB of headers", kStart + "A: " + std::string(9000, 'a') + "\r\n\r\n", 431},
    {"one endless header", kStart + "A: " + std::string(100'000, 'a'), 431},
    {"endless chunk extension", chunked("1;" + std::string(100'000, 'a')), 0},
    {"endless trailers",
     chunked("0\r\n" + std::string(2000, 'a') + ": b\r\n" + std::string(100'000, 'a')), 0},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"TLS hello on the plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
    {"declared too large", kStart + "Content-Length: 1048577\r\n\r\n", 413},
    {"chunks too large", chunked("100001\r\n"), 413},
};

void check_refused(const Running& server, const HostileRow& row) {
  CAPTURE(row.name);
  RawClient client(server.port());
  client.send(row.bytes);
  // A second request behind it must not be read.
  client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  client.finish_sending();
  const auto reply = client.read();
  if (row.status != 0) {
    CHECK(reply.status == row.status);
  } else {
    CHECK_MESSAGE((reply.status == 400 || reply.status == 431), reply.status);
  }
  CHECK_MESSAGE(is_error(reply), reply.body);
  CHECK(reply.head.find("connection: close\r\n") != std::string::npos);
  CHECK(client.closed());
}

}  // namespace

TEST_CASE("hostile requests are refused once, in JSON, and the connection is closed") {
  std::atomic<int> handled{0};
  Running server({}, [&](const HttpRequest&) {
    ++handled;
    return HttpResponse{};
  });
  for (const auto* table : {&kFraming, &kSyntax, &kChunksAndLimits}) {
    for (const auto& row : *table) check_refused(server, row);
  }
  CHECK(handled == 0);
}

TEST_CASE("bodies: none, whole, in chunks, at the limit and over it") {
  HttpServerOptions options;
  options.max_body = 1000;
  Running server(options);
  RawClient client(server.port());
  CHECK(client.ask(post("")).body == "POST /x ");
  CHECK(client.ask("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").body == "GET /x ");
  CHECK(client.ask(chunked("0003\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).body == "POST /x abcde");
  const std::string limit(1000, 'x');
  CHECK(client.ask(post(limit)).body == "POST /x " + limit);
  const auto over = client.ask(post(limit + "x"));
  CHECK(over.status == 413);
  CHECK(is_error(over));
  CHECK(client.closed());
}

TEST_CASE("trailers do not become headers") {
  std::vector<Header> seen;
  Running server({}, [&](const HttpRequest& request) {
    seen = request.headers;
    return HttpResponse{};
  });
  RawClient client(server.port());
  CHECK(client.ask(chunked("1\r\na\r\n0\r\nDigest: b\r\nServer-Timing: x\r\n\r\n")).status == 200);
  CHECK(seen == std::vector<Header>{{"host", "a"}, {"transfer-encoding", "chunked"}});
}

TEST_CASE("a request may come in any pieces") {
  Running server;
  const auto request = chunked("3\r\nabc\r\n0\r\n\r\n", "A: b\r\n");
  RawClient client(server.port());
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    client.send(request.substr(0, cut));
    client.send(request.substr(cut));
    CHECK(client.read().body == "POST /x abc");
  }
  for (const char& byte : request) client.send({&byte, 1});
  CHECK(client.read().body == "POST /x abc");
}

TEST_CASE("requests behind each other are answered in their order") {
  Running server;
  RawClient client(server.port());
  client.send(post("1") + chunked("1\r\n2\r\n0\r\n\r\n") + "HEAD /y HTTP/1.1\r\nHost: a\r\n\r\n" +
              post("4", "Connection: close\r\n") + post("5"));
  CHECK(client.read().body == "POST /x 1");
  CHECK(client.read().body == "POST /x 2");
  const auto head = client.read(true);
  CHECK(head.head.find("content-length: 8\r\n") != std::string::npos);
  CHECK(client.read().body == "POST /x 4");
  CHECK(client.closed());
}

TEST_CASE("HTTP/1.0 closes unless asked not to") {
  Running server;
  RawClient client(server.port());
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  CHECK(client.read().status == 200);
  CHECK(client.read().status == 200);
  CHECK(client.closed());
}

TEST_CASE("a client that waits for 100 Continue gets it, unless its request is refused") {
  HttpServerOptions options;
  options.admit = [](const HttpRequest& request) -> Admission {
    if (request.target != "/none") return {};
    return {.refusal = HttpResponse{404, {}, "{}", Millis{0}}};
  };
  Running server(options);
  RawClient client(server.port());
  const std::string head =
      " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  CHECK(client.ask("POST /some" + head).status == 100);
  CHECK(client.ask("ab").body == "POST /some ab");
  // The body may come unasked.
  CHECK(client.ask("POST /some" + head + "cd").body == "POST /some cd");
  CHECK(client.ask("POST /none" + head).status == 404);
  CHECK(client.closed());
}

TEST_CASE("slow heads, slow bodies and idle connections are cut off") {
  HttpServerOptions options;
  options.header_deadline = Millis{100};
  options.body_deadline = Millis{100};
  options.idle_deadline = Millis{100};
  Running server(options);
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& bytes :
       {std::string(), std::string("POST / HT"), post("body").substr(0, post("body").size() - 1)}) {
    RawClient client(server.port());
    client.send(bytes);
    CHECK_MESSAGE(client.closed(), bytes);
  }
  RawClient idle(server.port());
  CHECK(idle.ask(post("")).status == 200);
  CHECK(idle.closed());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
}

TEST_CASE("the head's deadline is absolute: bytes do not renew it") {
  HttpServerOptions options;
  options.header_deadline = Millis{200};
  Running server(options);
  RawClient client(server.port());
  const auto begun = std::chrono::steady_clock::now();
  bool open = client.send("POST / HTTP/1.1\r\nHost: a\r\nA: ");
  while (open && std::chrono::steady_clock::now() - begun < std::chrono::seconds(2)) {
    open = client.send("a");
    poll(nullptr, 0, 10);
  }
  CHECK(!open);
}

TEST_CASE("a reader that does not read is cut off") {
  HttpServerOptions options;
  options.write_deadline = Millis{100};
  options.idle_deadline = Millis{100};
  Running server(options, [](const HttpRequest&) {
    return HttpResponse{200, {}, std::string(32u << 20, 'x'), Millis{0}};
  });
  RawClient client(server.port());
  client.send(post(""));
  poll(nullptr, 0, 500);
  CHECK(client.read().body.size() < (32u << 20));
}

TEST_CASE("a delayed answer does not hold up the others") {
  Running server({}, [](const HttpRequest& request) {
    return HttpResponse{200, {}, request.body, request.body == "slow" ? Millis{400} : Millis{0}};
  });
  RawClient slow(server.port());
  RawClient quick(server.port());
  const auto begun = std::chrono::steady_clock::now();
  slow.send(post("slow"));
  CHECK(quick.ask(post("quick")).body == "quick");
  CHECK(!slow.has_something());
  CHECK(slow.read().body == "slow");
  CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(400));
}

TEST_CASE("connections beyond the cap are closed, and room is made again") {
  HttpServerOptions options;
  options.max_connections = 2;
  Running server(options);
  auto one = std::make_unique<RawClient>(server.port());
  RawClient two(server.port());
  CHECK(one->ask(post("1")).status == 200);
  CHECK(two.ask(post("2")).status == 200);
  {
    RawClient three(server.port());
    CHECK(three.closed());
  }
  one->send(post("", "Connection: close\r\n"));
  CHECK(one->read().status == 200);
  one->finish_sending();
  CHECK(one->closed());
  one.reset();
  RawClient again(server.port());
  CHECK(again.ask(post("3")).status == 200);
}

TEST_CASE("bodies are charged as they come: what was only announced takes no room") {
  HttpServerOptions options;
  options.max_bodies = 1000;
  options.max_bodies_of_one = 600;
  options.uncounted = 100;
  options.admit = [](const HttpRequest& request) -> Admission {
    return {.refusal = {}, .accounts = {request.target}};
  };
  Running server(options);
  const auto head = [](const std::string& target, std::size_t length) {
    return "POST " + target + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
           std::to_string(length) + "\r\n\r\n";
  };
  const auto whole = [&](const std::string& target, std::size_t length) {
    return RawClient(server.port())
        .ask("POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
             std::to_string(length) + "\r\n\r\n" + std::string(length, 'x'));
  };
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 20; ++i) {
    idle.push_back(std::make_unique<RawClient>(server.port()));
    CHECK(idle.back()->ask(head("/a", 1000)).status == 100);
  }
  CHECK(whole("/a", 700).status == 200);
  // That it was charged shows in nothing but the refusals of others: the 100 are not counted.
  idle[0]->send(std::string(600, 'x'));
  Reply refused;
  while ((refused = whole("/a", 201)).status == 200) poll(nullptr, 0, 1);
  CHECK(refused.status == 503);
  CHECK(refused.head.find("retry-after: 1\r\n") != std::string::npos);
  CHECK(is_error(refused));
  CHECK(whole("/a", 200).status == 200);
  CHECK(whole("/a", 100).status == 200);
  CHECK(whole("/b", 600).status == 200);
  // All together have their limit, too.
  RawClient other(server.port());
  CHECK(other.ask(head("/b", 1000)).status == 100);
  other.send(std::string(600, 'x'));
  while (whole("/c", 101).status == 200) poll(nullptr, 0, 1);
  CHECK(whole("/c", 100).status == 200);
  idle.clear();
  while (whole("/c", 600).status != 200) poll(nullptr, 0, 1);
}

TEST_CASE("a body has to come at a least rate, whatever was announced") {
  HttpServerOptions options;
  options.body_deadline = Millis{300};
  options.body_deadline_per_256k = Millis{100'000};
  options.max_body = 25u << 20;
  Running server(options);
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& start : {post(std::string(20u << 20, 'x')).substr(0, 200'000),
                                   chunked("100000\r\n" + std::string(200'000, 'x'))}) {
    RawClient slow(server.port());
    slow.send(start);
    CHECK(slow.closed());
  }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(4));
  // What has come gives time for more.
  RawClient steady(server.port());
  const std::string body = post(std::string(300'000, 'x'));
  steady.send(body.substr(0, body.size() - 10));
  poll(nullptr, 0, 500);
  CHECK(steady.ask(body.substr(body.size() - 10)).status == 200);
}

TEST_CASE("a handler that throws has failed, and the server goes on") {
  Running server({}, [](const HttpRequest& request) -> HttpResponse {
    if (request.body == "throw") throw std::runtime_error("secret reason");
    return {};
  });
  RawClient client(server.port());
  const auto reply = client.ask(post("throw"));
  CHECK(reply.status == 500);
  CHECK(is_error(reply));
  CHECK(reply.body.find("secret") == std::string::npos);
  CHECK(client.ask(post("")).status == 200);
}

TEST_CASE("with a certificate it speaks TLS, to senders that trust it") {
  HttpServerOptions options;
  options.certificate = test_identity().certificate.certificate;
  options.private_key = test_identity().certificate.private_key;
  std::atomic<int> handled{0};
  Running server(options, [&](const HttpRequest& request) {
    ++handled;
    return HttpResponse{200, {}, request.body, Millis{0}};
  });
  TestSender sender;
  const auto url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  const std::string large(500'000, 'x');
  for (const auto& body : {std::string("{}"), large}) {
    const auto finished = sender.send(target_for(url), body);
    REQUIRE_MESSAGE(status_of(finished) == 200, text_of(finished));
    CHECK(std::get<Responded>(finished.outcome).body == body.substr(0, 1024));
  }
  CHECK(handled == 2);
  RawClient plain(server.port());
  plain.send(post("x"));
  plain.finish_sending();
  CHECK(plain.read().status == 0);
}

TEST_CASE("a TLS handshake has its deadline") {
  HttpServerOptions options;
  options.certificate = test_identity().certificate.certificate;
  options.private_key = test_identity().certificate.private_key;
  options.handshake_deadline = Millis{100};
  Running server(options);
  RawClient client(server.port());
  CHECK(client.closed());
}

TEST_CASE("stop ends idle connections at once and lets answers under way finish") {
  Running server({}, [](const HttpRequest&) { return HttpResponse{200, {}, "done", Millis{150}}; });
  RawClient idle(server.port());
  CHECK(idle.ask(post("")).status == 200);
  RawClient busy(server.port());
  busy.send(post("") + "GET / HTT");  // the second never comes
  std::thread stopper([&] {
    poll(nullptr, 0, 50);
    server.stop();
  });
  CHECK(idle.closed());
  const auto begun = std::chrono::steady_clock::now();
  CHECK(busy.read().body == "done");
  CHECK(busy.closed());
  stopper.join();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(3));
}

TEST_CASE("a server may be stopped before it has run") {
  auto server = open_http_server({}, at_once(Running::echo));
  REQUIRE(server.has_value());
  (*server)->stop();
  (*server)->run();
}

TEST_CASE("what cannot be served says why") {
  HttpServerOptions taken;
  Running server;
  taken.port = server.port();
  const auto in_use = open_http_server(taken, at_once(Running::echo));
  REQUIRE(!in_use.has_value());
  CHECK(in_use.error().code == ErrorCode::network);
  CHECK(in_use.error().text.find("127.0.0.1:" + std::to_string(taken.port)) != std::string::npos);

  HttpServerOptions nowhere;
  nowhere.address = "not an address";
  CHECK(open_http_server(nowhere, at_once(Running::echo)).error().code == ErrorCode::network);

  HttpServerOptions bad_key;
  bad_key.certificate = test_identity().certificate.certificate;
  bad_key.private_key = "-----BEGIN NOTHING-----";
  const auto unusable = open_http_server(bad_key, at_once(Running::echo));
  REQUIRE(!unusable.has_value());
  CHECK(unusable.error().code == ErrorCode::key);
  bad_key.private_key = make_identity({"a"}, wall_now(), Millis{1'000}).certificate.private_key;
  CHECK(open_http_server(bad_key, at_once(Running::echo)).error().code == ErrorCode::key);
}

// What a well-behaved receiver sees and what its answers become.
#include "core/base/codec.h"
#include "tests/net/sending.h"

#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("a request reaches the receiver as it was given, with nothing added that matters") {
  std::string seen;
  HostileReceiver receiver(tls_options(), [&](HostileReceiver::Peer& peer) {
    seen = peer.read_request();
    peer.send(http_answer(204));
  });
  TestSender sender;
  const auto finished =
      sender.send(target_for(receiver.url("127.0.0.1", "/a/b?c=d%20e")), R"({"event":"x"})",
                  {{"content-type", "application/json"}, {"webhook-id", "dlv_1"}, {"x-empty", ""}});

  CHECK(text_of(finished) == "204");
  CHECK(finished.address == "127.0.0.1");
  CHECK(seen.starts_with("POST /a/b?c=d%20e HTTP/1.1\r\n"));
  CHECK(seen.ends_with("\r\n\r\n{\"event\":\"x\"}"));
  const auto has = [&](const std::string& line) {
    return seen.find("\r\n" + line + "\r\n") != std::string::npos;
  };
  CHECK(has("Host: 127.0.0.1:" + std::to_string(receiver.port())));
  CHECK(has("User-Agent: thig-hooks/test"));
  CHECK(has("content-type: application/json"));
  CHECK(has("webhook-id: dlv_1"));
  CHECK(has("x-empty:"));
  CHECK(has("Content-Length: 13"));
  for (const char* absent : {"Expect", "Accept-Encoding", "Cookie", "Transfer-Encoding", "form"}) {
    CHECK_MESSAGE(seen.find(absent) == std::string::npos, absent);
  }
}

TEST_CASE("the headers of an answer that is not 2xx are kept, as far as they are worth it") {
  const std::string long_value(3'000, 'v');
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-Many: " + std::string(92, 'm') + "\r\n";
  const struct {
    const char* name;
    std::string answer;
    std::string kept;
  } rows[] = {
      {"success", http_answer(200, "Server: a\r\n"), ""},
      {"failure", http_answer(503, "Server: a\r\nRetry-After:  3 \r\n"),
       "Server: a\nRetry-After: 3\ncontent-length: 0"},
      {"redirect", http_answer(302, "Location: /x\r\n"), "Location: /x\ncontent-length: 0"},
      {"those of a 1xx before it are not its own",
       "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http_answer(404), "content-length: 0"},
      {"a failure behind a 1xx, then success",
       "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http_answer(200), ""},
      {"a long value leaves room for others",
       http_answer(500, "X-Long: " + long_value + "\r\nServer: a\r\n"),
       "X-Long: " + long_value.substr(0, 512) + "\nServer: a\ncontent-length: 0"},
  };
  TestSender sender;
  for (const auto& row : rows) {
    INFO(row.name);
    HostileReceiver receiver(tls_options(), answering(row.answer));
    const Finished finished = sender.send(target_for(receiver.url()));
    const auto* answer = std::get_if<Responded>(&finished.outcome);
    REQUIRE_MESSAGE(answer != nullptr, text_of(finished));
    CHECK(answer->headers == row.kept);
  }
  HostileReceiver receiver(tls_options(), answering(http_answer(500, many)));
  const Finished finished = sender.send(target_for(receiver.url()));
  const auto& kept = std::get<Responded>(finished.outcome).headers;
  CHECK(kept.size() <= 2'048);
  CHECK(kept.size() > 1'900);
  CHECK(kept.starts_with("X-Many: mmm"));
}

TEST_CASE("the answer's status decides, and what the rules need of it is kept") {
  struct Row {
    const char* name;
    std::string answer;
    Responded expected;
  };
  const std::string kilobyte(1024, 'b');
  const std::vector<Row> rows = {
      {"200", http_answer(200, "", "ok"), {200, "", "", "ok"}},
      {"204", "HTTP/1.1 204 No Content\r\n\r\n", {204, "", "", ""}},
      {"299", http_answer(299), {299, "", "", ""}},
      {"a redirect is not followed",
       http_answer(301, "Location: https://127.0.0.1:1/elsewhere\r\n"),
       {301, "", "https://127.0.0.1:1/elsewhere", ""}},
      {"nor to a file",
       http_answer(307, "location: file:///etc/passwd\r\n"),
       {307, "", "file:///etc/passwd", ""}},
      {"410", http_answer(410, "", "gone"), {410, "", "", "gone"}},
      {"429", http_answer(429, "Retry-After:   120  \r\n"), {429, "120", "", ""}},
      {"429 until a date",
       http_answer(429, "retry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\n"),
       {429, "Wed, 21 Oct 2026 07:28:00 GMT", "", ""}},
      {"500 with a long body",
       http_answer(500, "", kilobyte + "and more"),
       {500, "", "", kilobyte}},
      {"not decoded",
       http_answer(200, "Content-Encoding: gzip\r\n", "\x1f\x8bnot gzip"),
       {200, "", "", "\x1f\x8bnot gzip"}},
      {"after a 1xx, whose headers do not count",
       "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n" + http_answer(200),
       {200, "", "", ""}},
      {"chunked, with trailers",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nRetry-After: "
       "3\r\n\r\n",
       {200, "", "", "abc"}},
      {"two equal Content-Lengths are one",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
       {200, "", "", "ok"}},
  };
  TestSender sender;
  for (const auto& row : rows) {
    CAPTURE(row.name);
    HostileReceiver receiver(tls_options(), answering(row.answer));
    const auto finished = sender.send(target_for(receiver.url()));
    CHECK(status_of(finished) == row.expected.status);
    const auto* answer = std::get_if<Responded>(&finished.outcome);
    REQUIRE_MESSAGE(answer != nullptr, text_of(finished));
    CHECK(answer->retry_after == row.expected.retry_after);
    CHECK(answer->location == row.expected.location);
    CHECK(answer->body == row.expected.body);
    CHECK(receiver.requests() == 1);
  }
}

TEST_CASE("the times of an attempt follow each other") {
  HostileReceiver receiver(tls_options(), [](HostileReceiver::Peer& peer) {
    peer.read_request();
    peer.closed_within(Millis{30});
    peer.send(http_answer(200));
  });
  TestSender sender;
  const auto timing = sender.send(target_for(receiver.url())).timing;
  CHECK(timing.resolved <= timing.connected);
  CHECK(timing.connected <= timing.tls_done);
  CHECK(timing.tls_done + Millis{25} <= timing.first_byte);
  CHECK(timing.first_byte <= timing.total);
}

TEST_CASE("connections are kept and used again") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200, "", "ok")));
  TestSender sender;
  for (int i = 0; i < 5; ++i) CHECK(status_of(sender.send(target_for(receiver.url()))) == 200);
  CHECK(receiver.connections() == 1);
  CHECK(receiver.requests() == 5);
}

TEST_CASE("a kept connection that was closed meanwhile is replaced without a word") {
  // Closes after its first answer while saying it would not.
  HostileReceiver receiver(tls_options(), [](HostileReceiver::Peer& peer) {
    peer.read_request();
    peer.send(http_answer(200));
    if (peer.number() > 0) peer.hold();
  });
  TestSender sender;
  CHECK(status_of(sender.send(target_for(receiver.url()))) == 200);
  CHECK(status_of(sender.send(target_for(receiver.url()))) == 200);
  CHECK(receiver.connections() == 2);
}

TEST_CASE("every request comes back exactly once, from any number of threads") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  CurlSenderOptions options;
  options.threads = 2;
  TestSender sender(options);
  const auto good = target_for(receiver.url());
  auto refused = target_for(receiver.url());
  refused->endpoint = {2};
  refused->allow_private = false;
  auto nowhere = target_for("https://127.0.0.1:1/");
  nowhere->endpoint = {3};

  constexpr std::uint64_t count = 300;
  for (std::uint64_t ticket = 0; ticket < count; ++ticket) {
    sender.start(ticket,
                 ticket % 3 == 0   ? good
                 : ticket % 3 == 1 ? refused
                                   : nowhere,
                 std::string(ticket, 'x'));
  }
  const auto finished = sender.wait(count);
  std::set<std::uint64_t> tickets;
  std::size_t answered = 0;
  for (const auto& one : finished) {
    tickets.insert(one.ticket);
    answered += status_of(one) == 200 ? 1u : 0u;
  }
  CHECK(finished.size() == count);
  CHECK(tickets.size() == count);
  CHECK(answered == count / 3);
  CHECK(sender.left_over() == 0);
}

TEST_CASE("one endpoint is sent to by all threads when it has much under way, else by its own") {
  for (const std::uint64_t count : {6u, 40u}) {
    std::atomic<bool> go{false};
    HostileReceiver receiver(tls_options(), [&go](HostileReceiver::Peer& peer) {
      while (!peer.read_request().empty()) {
        while (!go) std::this_thread::yield();
        peer.send(http_answer(200));
      }
    });
    CurlSenderOptions options;
    options.threads = 2;
    TestSender sender(options);
    const auto target = target_for(receiver.url());
    for (std::uint64_t ticket = 0; ticket < count; ++ticket) sender.start(ticket, target);
    go = true;
    for (const auto& one : sender.wait(count)) CHECK(status_of(one) == 200);
    // What each thread has under way when the first answers come is on connections of its own; of
    // those, one thread uses no more than it needs.
    CHECK(sender.threads_used() == (count > 8 ? 2 : 1));
  }
}

TEST_CASE("interrupt ends all that is under way, and what follows goes its way") {
  HostileReceiver receiver(tls_options(), [](HostileReceiver::Peer& peer) {
    const auto request = peer.read_request();
    if (request.ends_with("go")) peer.send(http_answer(200));
    peer.hold();
  });
  CurlSenderOptions options;
  options.look_up = [](const std::string&) -> Result<std::vector<Address>> {
    return fail(ErrorCode::network, "not asked for");
  };
  TestSender sender(options);
  for (std::uint64_t ticket = 0; ticket < 20; ++ticket) {
    sender.start(ticket, target_for(receiver.url()), "stay");
  }
  sender.interrupt();
  sender.start(20, target_for(receiver.url()), "go");
  const auto finished = sender.wait(21);
  REQUIRE(finished.size() == 21);
  for (const auto& one : finished) {
    CHECK(text_of(one) == (one.ticket == 20 ? "200" : "interrupted"));
  }
}

TEST_CASE("a sender that is destroyed lets go of what is under way") {
  HostileReceiver receiver(tls_options(), [](HostileReceiver::Peer& peer) { peer.hold(); });
  const auto begun = std::chrono::steady_clock::now();
  {
    TestSender sender;
    for (std::uint64_t i = 0; i < 5; ++i) sender.start(i, target_for(receiver.url()));
  }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(3));
}

TEST_CASE("headers that would change the message's framing are not sent") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender;
  const std::vector<Header> bad = {{"x", "a\r\nhost: elsewhere"},
                                   {"x\r\ny", "a"},
                                   {"", "a"},
                                   {"Host", "elsewhere"},
                                   {"Transfer-Encoding", "chunked"},
                                   {"content-length", "0"},
                                   {"x", std::string("a\0b", 3)}};
  for (const auto& header : bad) {
    const auto finished = sender.send(target_for(receiver.url()), "{}", {header});
    CHECK_MESSAGE(std::holds_alternative<Refused>(finished.outcome), printable(header.name));
  }
  CHECK(receiver.requests() == 0);
}

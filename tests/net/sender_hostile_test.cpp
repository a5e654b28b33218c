// Receivers that cheat, dawdle and flood: each ends as what it is, soon, and harms no one else.
#include "tests/net/sending.h"

#include <doctest/doctest.h>

using namespace thig;

namespace {

using Peer = HostileReceiver::Peer;
// Short where it is meant to pass, long where something must come before it: the difference is wide
// enough for a busy machine.
constexpr Millis kShort{250};
constexpr Millis kLong{5'000};

struct Row {
  const char* name;
  HostileReceiver::Behaviour behaviour;
  int status = 0;  // expected; 0: a failure of `kind` that says `detail`
  FailureKind kind = FailureKind::timeout;
  const char* detail = "";
  Millis deadline = kLong;
  Millis soonest{0};
  Millis latest{2'500};
};

// Reads the request, then goes on as given.
HostileReceiver::Behaviour after_request(std::function<void(Peer&)> then) {
  return [then = std::move(then)](Peer& peer) {
    peer.read_request();
    then(peer);
  };
}

HostileReceiver::Behaviour sending(std::string bytes) {
  return after_request([bytes = std::move(bytes)](Peer& peer) { peer.send(bytes); });
}

// Keeps the connection open after the bytes.
HostileReceiver::Behaviour sending_and_holding(std::string bytes) {
  return after_request([bytes = std::move(bytes)](Peer& peer) {
    peer.send(bytes);
    peer.hold();
  });
}

HostileReceiver::Behaviour flooding(std::string start, std::string repeated) {
  return after_request([start = std::move(start), repeated = std::move(repeated)](Peer& peer) {
    if (peer.send(start)) peer.send_for_ever(repeated);
  });
}

void check(const Row& row, TestSender& sender, ReceiverOptions options, std::string body = "{}") {
  CAPTURE(row.name);
  HostileReceiver receiver(std::move(options), row.behaviour);
  auto target = target_for(receiver.url());
  target->timeout = row.deadline;
  const auto finished = sender.send(target, std::move(body));
  const auto text = text_of(finished);
  if (row.status != 0) {
    CHECK_MESSAGE(status_of(finished) == row.status, text);
  } else {
    CHECK_MESSAGE(failed_with(finished, row.kind), text);
    CHECK_MESSAGE(text.find(row.detail) != std::string::npos, text);
  }
  CHECK_MESSAGE(finished.timing.total >= row.soonest, finished.timing.total.count());
  CHECK_MESSAGE(finished.timing.total <= row.latest, finished.timing.total.count());
}

const std::string kLine(1000, 'h');

}  // namespace

TEST_CASE("an answer that does not come in time is a timeout, in whatever way it does not come") {
  const std::vector<Row> rows = {
      {"accepts and never answers", sending_and_holding(""), 0, FailureKind::timeout,
       "no answer within 250ms (phase: waiting for the answer)"},
      {"a byte of the headers at a time",
       after_request([](Peer& peer) { peer.send_slowly(http_answer(200), Millis{20}); }), 0,
       FailureKind::timeout, "waiting for the answer"},
      {"headers that stop half-way", sending_and_holding("HTTP/1.1 200 OK\r\nA: b\r\n"), 0,
       FailureKind::timeout, "waiting for the answer"},
      {"100 Continue, then nothing", sending_and_holding("HTTP/1.1 100 Continue\r\n\r\n"), 0,
       FailureKind::timeout, "waiting for the answer"},
      {"a 200 after the deadline", after_request([](Peer& peer) {
         if (!peer.closed_within(Millis{400})) peer.send(http_answer(200));
       }),
       0, FailureKind::timeout, "waiting for the answer"},
  };
  TestSender sender;
  for (auto row : rows) {
    row.deadline = row.soonest = kShort;
    check(row, sender, tls_options());
  }
}

TEST_CASE("a receiver that never reads is a timeout while sending") {
  TestSender sender;
  check({"never reads", [](Peer& peer) { peer.hold(); }, 0, FailureKind::timeout, "phase: sending",
         kShort, kShort},
        sender, tls_options(), std::string(16u << 20, 'x'));
}

TEST_CASE("a handshake that stalls is named") {
  TestSender sender;
  ReceiverOptions plain;
  plain.tls = false;
  check({"stalled handshake", [](Peer& peer) { peer.hold(); }, 0, FailureKind::timeout,
         "phase: TLS handshake", kShort, kShort},
        sender, plain);
}

TEST_CASE("an address that swallows connections is named, and leaves time for another") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  const BlackHole hole("127.0.0.2", receiver.port());
  CurlSenderOptions options;
  options.look_up =
      look_up_in({{"hole.hooks.test", {"127.0.0.2"}}, {"hooks.test", {"127.0.0.2", "127.0.0.1"}}});
  TestSender sender(options);

  auto target = target_for(receiver.url("hole.hooks.test"));
  target->timeout = kShort;
  CHECK(text_of(sender.send(target)) == "timeout: no answer within 250ms (phase: connect)");

  auto other = target_for(receiver.url("hooks.test"));
  other->timeout = Millis{600};
  const auto finished = sender.send(other);
  CHECK(text_of(finished) == "200");
  CHECK(finished.address == "127.0.0.1");
  CHECK(finished.timing.connected >= Millis{290});  // half of the time was the first address's
}

TEST_CASE("connections that end too early are closed, not timeouts") {
  const std::vector<Row> rows = {
      {"closes after the request", sending(""), 0, FailureKind::closed, "closed the connection"},
      {"resets after the request", after_request([](Peer& peer) { peer.reset(); }), 0,
       FailureKind::closed, "closed the connection"},
      {"resets in the middle of the request",
       [](Peer& peer) {
         peer.read_some();
         peer.reset();
       },
       0, FailureKind::closed, "closed the connection"},
      {"resets in the middle of the answer", after_request([](Peer& peer) {
         peer.send("HTTP/1.1 200 OK\r\nContent-Le");
         peer.reset();
       }),
       0, FailureKind::closed, "closed the connection"},
      {"closes in the middle of the answer", sending("HTTP/1.1 200 OK\r\nContent-Le"), 0,
       FailureKind::closed, "closed the connection"},
  };
  TestSender sender;
  for (const auto& row : rows) check(row, sender, tls_options(), std::string(2u << 20, 'x'));
}

TEST_CASE("once the headers are complete the answer counts, whatever the body does") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<Row> rows = {
      {"endless body", flooding(ok + "\r\n", kLine), 200},
      {"endless chunks", flooding(ok + "Transfer-Encoding: chunked\r\n\r\n", "3\r\nabc\r\n"), 200},
      {"endless trailers",
       flooding(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: " + kLine + "\r\n"), 200},
      {"a chunk that is none", sending(ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), 200},
      {"a cut body", sending(ok + "Content-Length: 100\r\n\r\nabc"), 200},
      {"a reset in the body", after_request([&](Peer& peer) {
         peer.send("HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nabc");
         peer.reset();
       }),
       503},
      {"a gzip bomb", flooding(ok + "Content-Encoding: gzip\r\n\r\n", kLine), 200},
      {"413 before the body was read",
       [](Peer& peer) {
         peer.read_some();
         peer.send(http_answer(413, "Connection: close\r\n"));
         while (!peer.read_some().empty()) {
         }
       },
       413},
  };
  TestSender sender;
  for (const auto& row : rows) check(row, sender, tls_options());
}

TEST_CASE("a body that does not end is waited for one second at most") {
  TestSender sender;
  check({"a byte of the body at a time", after_request([](Peer& peer) {
           peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
           peer.send_slowly(kLine, Millis{50});
         }),
         200, FailureKind::timeout, "", kLong, Millis{900}},
        sender, tls_options());
}

TEST_CASE("what is no HTTP answer, or is beyond the caps, is the receiver's fault") {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<Row> rows = {
      {"endless headers", flooding(ok, "A: " + kLine + "\r\n"), 0, FailureKind::bad_answer,
       "more than 64 KB of headers"},
      {"endless 1xx", flooding("", "HTTP/1.1 102 Wait\r\nA: " + kLine + "\r\n\r\n"), 0,
       FailureKind::bad_answer, "more than 64 KB of headers"},
      {"one endless header", flooding(ok + "A: ", kLine), 0, FailureKind::bad_answer,
       "header line longer than 100 KB"},
      {"two Content-Lengths",
       sending_and_holding(ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), 0,
       FailureKind::bad_answer, "two different Content-Length"},
      {"a Content-Length that is none", sending_and_holding(ok + "Content-Length: abc\r\n\r\n"), 0,
       FailureKind::bad_answer, "Content-Length"},
      {"HTTP/0.9", sending("hello there\r\n"), 0, FailureKind::bad_answer, "HTTP/0.9"},
      {"another version", sending_and_holding("HTTP/9.9 200 OK\r\n\r\n"), 0,
       FailureKind::bad_answer, ""},
      {"a NUL in a header", sending_and_holding(ok + std::string("A: b\0c\r\n\r\n", 10)), 0,
       FailureKind::bad_answer, ""},
      {"switching protocols", sending_and_holding("HTTP/1.1 101 Up\r\nUpgrade: x\r\n\r\n"), 0,
       FailureKind::bad_answer, "another protocol"},
  };
  TestSender sender;
  for (const auto& row : rows) check(row, sender, tls_options());
}

TEST_CASE("nobody listening is a refused connection, naming the address") {
  TestSender sender;
  std::string url;
  {
    url = HostileReceiver(tls_options(), [](Peer&) {}).url();
  }
  const auto finished = sender.send(target_for(url));
  CHECK(failed_with(finished, FailureKind::connect));
  CHECK(text_of(finished).find("connection refused by 127.0.0.1:") != std::string::npos);
}

TEST_CASE("a hostile receiver does not delay the others") {
  HostileReceiver hostile(tls_options(), [](Peer& peer) { peer.hold(); });
  HostileReceiver honest(tls_options(), answering(http_answer(200)));
  TestSender sender;
  auto slow = target_for(hostile.url());
  for (std::uint64_t i = 0; i < 50; ++i) sender.start(1000 + i, slow);
  const auto good = target_for(honest.url());
  for (std::uint64_t i = 0; i < 50; ++i) sender.start(i, good);
  for (const auto& one : sender.wait(50)) {
    CHECK(one.ticket < 50);
    CHECK(status_of(one) == 200);
  }
}

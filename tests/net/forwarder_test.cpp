#include "core/net/forwarder.h"

#include "core/base/codec.h"
#include "tests/net/sending.h"
#include "tests/support/hostile_receiver.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace thig {
namespace {

ReceiverOptions plain() {
  ReceiverOptions options;
  options.tls = false;
  return options;
}

// Forwards, and waits for what comes back.
class TestForwarder {
 public:
  explicit TestForwarder(ForwarderOptions options) {
    auto opened = open_forwarder(options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().text);
    forwarder_ = std::move(*opened);
  }

  void start(HttpRequest request) {
    forwarder_->forward(std::move(request), [this](ForwardedAnswer answer) {
      {
        const std::lock_guard lock(mutex_);
        answers_.push_back(std::move(answer));
      }
      changed_.notify_all();
    });
  }
  std::vector<ForwardedAnswer> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return answers_.size() >= count; });
    return std::exchange(answers_, {});
  }
  ForwardedAnswer forward(HttpRequest request) {
    start(std::move(request));
    auto answers = wait(1);
    REQUIRE(answers.size() == 1);
    return std::move(answers.front());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ForwardedAnswer> answers_;
  std::unique_ptr<Forwarder> forwarder_;
};

HttpRequest request_of(std::vector<Header> headers, std::string body = "{}",
                       std::string target = "/hook") {
  return {.method = "POST",
          .target = std::move(target),
          .headers = std::move(headers),
          .body = std::move(body),
          .peer = "127.0.0.1"};
}

std::string upstream(const HostileReceiver& receiver, std::string_view path = "/in") {
  return "http://127.0.0.1:" + std::to_string(receiver.port()) + std::string(path);
}

// What a receiver that answers 200 was sent.
std::string what_arrives(HttpRequest request, std::string_view path = "/in") {
  std::string seen;
  HostileReceiver receiver(plain(), [&](HostileReceiver::Peer& peer) {
    seen = peer.read_request();
    peer.send(http_answer(200));
  });
  TestForwarder forwarder({.url = upstream(receiver, path)});
  CHECK(forwarder.forward(std::move(request)).status == 200);
  return seen;
}

bool has_line(const std::string& request, const std::string& line) {
  return request.find("\r\n" + line + "\r\n") != request.npos;
}

TEST_CASE("a request is passed on as it came, but for what is of its connection") {
  const std::string seen = what_arrives(request_of({{"host", "hooks.test"},
                                                    {"content-length", "7"},
                                                    {"connection", "keep-alive"},
                                                    {"expect", "100-continue"},
                                                    {"content-type", "application/json"},
                                                    {"webhook-signature", "v1,abc="},
                                                    {"x-empty", ""}},
                                                   R"({"a":1})", "/hook?a=b"));
  CHECK(seen.starts_with("POST /in?a=b HTTP/1.1\r\n"));
  CHECK(seen.ends_with("\r\n\r\n{\"a\":1}"));
  CHECK(has_line(seen, "content-type: application/json"));
  CHECK(has_line(seen, "webhook-signature: v1,abc="));
  CHECK(has_line(seen, "x-empty:"));
  CHECK(has_line(seen, "Content-Length: 7"));
  for (const char* other : {"hooks.test", "keep-alive", "100-continue"}) {
    CAPTURE(other);
    CHECK(seen.find(other) == seen.npos);
  }
}

TEST_CASE("a request without a content type gets none") {
  const std::string seen = ascii_lower(what_arrives(request_of({{"x-a", "b"}})));
  CHECK(seen.find("content-type") == seen.npos);
  CHECK(seen.find("expect") == seen.npos);
}

TEST_CASE("a query is added to one that the URL has") {
  CHECK(
      what_arrives(request_of({}, "{}", "/hook?a=b"), "/in?c=d").starts_with("POST /in?c=d&a=b "));
}

TEST_CASE("what came back is the final answer, its body cut") {
  HostileReceiver receiver(plain(), [](HostileReceiver::Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
    peer.send(
        http_answer(422, "X-Why: because\r\nKeep-Alive: timeout=5\r\n", std::string(200'000, 'x')));
  });
  TestForwarder forwarder({.url = upstream(receiver)});
  const ForwardedAnswer answer = forwarder.forward(request_of({}));
  CHECK(answer.status == 422);
  CHECK(answer.failure.empty());
  CHECK(answer.body == std::string(64u << 10, 'x'));
  REQUIRE(answer.headers.size() == 1);
  CHECK(answer.headers.front().name == "x-why");
  CHECK(answer.headers.front().value == "because");
}

TEST_CASE("requests are passed on in their order, whatever became of the ones before") {
  std::vector<std::string> bodies;
  HostileReceiver receiver(plain(), [&](HostileReceiver::Peer& peer) {
    const std::string request = peer.read_request();
    bodies.push_back(request.substr(request.size() - 1));
    if (bodies.size() == 2) return peer.reset();
    peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  TestForwarder forwarder({.url = upstream(receiver)});
  for (const char* body : {"1", "2", "3"}) forwarder.start(request_of({}, body));
  const auto answers = forwarder.wait(3);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].status == 200);
  CHECK(answers[1].status == 0);
  CHECK_FALSE(answers[1].failure.empty());
  CHECK(answers[2].status == 200);
  CHECK(bodies == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("a server that is silent is given up after the timeout") {
  HostileReceiver receiver(plain(), [](HostileReceiver::Peer& peer) { peer.hold(); });
  TestForwarder forwarder({.url = upstream(receiver), .timeout = Millis{50}});
  const ForwardedAnswer answer = forwarder.forward(request_of({}));
  CHECK(answer.status == 0);
  CHECK_FALSE(answer.failure.empty());
}

TEST_CASE("an end cuts off what is under way, and says no more of it") {
  bool told = false;
  std::atomic<bool> arrived{false};
  HostileReceiver receiver(plain(), [&](HostileReceiver::Peer& peer) {
    peer.read_request();
    arrived = true;
    arrived.notify_all();
    peer.hold();
  });
  auto forwarder = open_forwarder({.url = upstream(receiver)});
  REQUIRE(forwarder.has_value());
  (*forwarder)->forward(request_of({}), [&](const ForwardedAnswer&) { told = true; });
  (*forwarder)->forward(request_of({}), [&](const ForwardedAnswer&) { told = true; });
  arrived.wait(false);
  const auto began = std::chrono::steady_clock::now();
  forwarder->reset();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
  CHECK_FALSE(told);
  CHECK(receiver.requests() == 1);
}

TEST_CASE("a certificate is checked against the given authority") {
  HostileReceiver receiver(tls_options(), answering(http_answer(204)));
  TestForwarder trusting({.url = receiver.url(), .ca_file = test_identity().ca_file});
  CHECK(trusting.forward(request_of({})).status == 204);
  TestForwarder other({.url = receiver.url()});
  CHECK(other.forward(request_of({})).status == 0);
}

TEST_CASE("only http and https URLs are taken") {
  for (const char* url :
       {"ftp://127.0.0.1/a", "file:///etc/passwd", "127.0.0.1:3000", "", "http://"}) {
    CAPTURE(url);
    const auto opened = open_forwarder({.url = url});
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::usage);
  }
}

}  // namespace
}  // namespace thig

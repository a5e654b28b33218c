// Answers whose body comes bit by bit.
#include "core/net/http_stream.h"

#include "tests/net/raw_client.h"
#include "tests/net/sending.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

// Keeps the streams that it is given, and counts those that have ended.
class StreamKeeper {
 public:
  HttpStreamFunction keep() {
    return [this](std::shared_ptr<HttpStream> stream) {
      const std::scoped_lock lock(mutex_);
      stream->on_end([this] {
        const std::scoped_lock lock_at_end(mutex_);
        ++ended_;
        changed_.notify_all();
      });
      opened_.push_back(std::move(stream));
      changed_.notify_all();
    };
  }
  // The one that was opened as the n-th, from 1 on; null if none comes.
  std::shared_ptr<HttpStream> opened(std::size_t number = 1) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, kPatience, [&] { return opened_.size() >= number; });
    return came ? opened_[number - 1] : nullptr;
  }
  std::size_t count() {
    const std::scoped_lock lock(mutex_);
    return opened_.size();
  }
  // Exactly so many.
  bool have_ended(int number) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return ended_ >= number; });
    return ended_ == number;
  }
  bool has_ended() { return have_ended(1); }

 private:
  static constexpr std::chrono::seconds kPatience{10};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<HttpStream>> opened_;
  int ended_ = 0;
};

// A stream to GET, the body as it came to POST.
class StreamingServer : public RunningServer {
 public:
  StreamingServer(const HttpServerOptions& options, HttpResponse streamed)
      : RunningServer(options,
                      at_once([streamed = std::move(streamed)](const HttpRequest& request) {
                        if (request.method != "POST") return streamed;
                        return HttpResponse{200, {}, request.body, Millis{0}};
                      })) {}
  StreamingServer(const HttpServerOptions& options, HttpStreamFunction make)
      : StreamingServer(options, HttpResponse{.headers = {{"content-type", "text/event-stream"}},

                                              .stream = std::move(make)}) {}
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// All of a body that comes in chunks; nothing if it was cut off.
std::optional<std::string> read_chunks(RawClient& client) {
  std::string body;
  while (const auto chunk = client.read_chunk()) {
    if (chunk->empty()) return body;
    body += *chunk;
  }
  return std::nullopt;
}

// Writes these pieces, each when the one before has been sent.
HttpStreamFunction one_by_one(std::vector<std::string> pieces) {
  return [pieces = std::move(pieces)](const std::shared_ptr<HttpStream>& stream) {
    const auto next = [&stream = *stream, pieces, at = std::size_t{0}]() mutable {
      if (at < pieces.size()) return void(stream.write(pieces[at++]));
      stream.end();
    };
    stream->on_room(next);
    stream->write("begin ");
  };
}

// Never comes to an end, and writes more whenever all has been sent.
HttpStreamFunction endlessly(StreamKeeper& keeper) {
  return [keep = keeper.keep()](const std::shared_ptr<HttpStream>& stream) {
    const auto write = [&stream = *stream] { stream.write(std::string(1u << 20, 'x')); };
    stream->on_room(write);
    keep(stream);
    write();
  };
}

}  // namespace

TEST_CASE("what is written to a stream goes out in chunks, and the connection is kept") {
  StreamKeeper keeper;
  StreamingServer server({}, keeper.keep());
  RawClient client(server.port());
  const auto reply = client.ask(kGet);
  CHECK(reply.status == 200);
  CHECK(reply.head.find("content-type: text/event-stream\r\n") != std::string::npos);
  CHECK(reply.head.find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(reply.head.find("connection: keep-alive\r\n") != std::string::npos);
  CHECK(reply.head.find("content-length") == std::string::npos);
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  CHECK(stream->write("one"));
  CHECK(client.read_chunk() == "one");
  CHECK(stream->write(""));  // is no chunk, for an empty one would be the last
  CHECK(stream->write("two\r\n"));
  CHECK(client.read_chunk() == "two\r\n");
  CHECK(stream->write("three"));
  stream->end();
  CHECK(read_chunks(client) == "three");
  CHECK(keeper.has_ended());
  CHECK(!stream->write("more"));
  stream->end();
  CHECK(client.ask(post("next")).body == "next");
  CHECK(keeper.has_ended());
}

TEST_CASE("a stream to HTTP/1.0 ends with the connection") {
  StreamingServer server({}, one_by_one({"one ", "two"}));
  RawClient client(server.port());
  const auto reply = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.head.find("transfer-encoding") == std::string::npos);
  CHECK(reply.head.find("connection: close\r\n") != std::string::npos);
  CHECK(client.read_all() == "begin one two");
}

TEST_CASE("an answer without a body has no stream") {
  StreamKeeper keeper;
  StreamingServer server({}, keeper.keep());
  RawClient client(server.port());
  const auto head = client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(head.status == 200);
  CHECK(head.head.find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(client.ask(post("next")).body == "next");

  StreamingServer nothing({}, HttpResponse{.status = 204, .stream = keeper.keep()});
  RawClient other(nothing.port());
  CHECK(other.ask(kGet).status == 204);
  CHECK(other.ask(post("next")).body == "next");
  CHECK(keeper.count() == 0);
}

TEST_CASE("a maker is told when all has been sent, and may write only then") {
  std::vector<std::string> pieces;
  std::string expected = "begin ";
  for (int i = 0; i < 20; ++i) {
    pieces.push_back(std::to_string(i) + std::string(300'000, 'x'));
    expected += pieces.back();
  }
  HttpServerOptions options;
  options.max_stream_waiting = 1;  // is no limit for who waits
  StreamingServer server(options, one_by_one(pieces));
  RawClient client(server.port());
  for (int i = 0; i < 2; ++i) {
    CHECK(client.ask(kGet).status == 200);
    CHECK(read_chunks(client) == expected);
  }
}

TEST_CASE("a stream on which nothing happens is kept alive by its text") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.stream_keep_alive = Millis{20};
  options.write_deadline = Millis{10};  // neither these cut off a stream that rests
  options.idle_deadline = Millis{10};
  options.answer_deadline = Millis{1'000};
  StreamingServer server(options, HttpResponse{.stream = keeper.keep(), .keep_alive = ":\n\n"});
  RawClient client(server.port());
  CHECK(client.ask(kGet).status == 200);
  CHECK(client.read_chunk() == ":\n\n");
  CHECK(client.read_chunk() == ":\n\n");
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  CHECK(stream->write("news"));
  auto chunk = client.read_chunk();
  while (chunk == ":\n\n") chunk = client.read_chunk();
  CHECK(chunk == "news");
  CHECK(client.read_chunk() == ":\n\n");
  stream->end();
  CHECK(read_chunks(client).has_value());
}

TEST_CASE("a client that goes ends its stream at once, although nothing is written") {
  StreamKeeper keeper;
  StreamingServer server({}, keeper.keep());
  {
    RawClient client(server.port());
    CHECK(client.ask(kGet).status == 200);
  }
  CHECK(keeper.have_ended(1));
  CHECK(!keeper.opened(1)->write("nobody"));
  RawClient half_closed(server.port());
  CHECK(half_closed.ask(kGet).status == 200);
  half_closed.finish_sending();
  CHECK(keeper.have_ended(2));
  CHECK(half_closed.closed());
  RawClient talkative(server.port());
  CHECK(talkative.ask(kGet).status == 200);
  talkative.send(std::string(100'000, 'x'));
  CHECK(keeper.have_ended(3));
  CHECK(talkative.read_chunk() == std::nullopt);
  RawClient again(server.port());
  CHECK(again.ask(post("next")).body == "next");
}

TEST_CASE("requests that come during a stream are answered after it") {
  StreamKeeper keeper;
  StreamingServer server({}, keeper.keep());
  RawClient client(server.port());
  client.send(kGet + post("with it"));
  CHECK(client.read().status == 200);
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  client.send(post("meanwhile").substr(0, 20));
  CHECK(stream->write("one"));
  CHECK(client.read_chunk() == "one");
  client.send(post("meanwhile").substr(20));
  CHECK(stream->write("two"));
  stream->end();
  CHECK(read_chunks(client) == "two");
  CHECK(client.read().body == "with it");
  CHECK(client.read().body == "meanwhile");
}

TEST_CASE("a client that does not read is closed, and holds nobody up meanwhile") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.write_deadline = Millis{200};
  StreamingServer server(options, endlessly(keeper));
  RawClient slow(server.port());
  CHECK(slow.ask(kGet).status == 200);
  RawClient quick(server.port());
  CHECK(quick.ask(post("quick")).body == "quick");
  CHECK(keeper.has_ended());
  CHECK(quick.ask(post("quick")).body == "quick");
  CHECK(read_chunks(slow) == std::nullopt);
}

TEST_CASE("no more waits for a client than is allowed") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.max_stream_waiting = 100'000;
  StreamingServer server(options, keeper.keep());
  RawClient client(server.port());
  CHECK(client.ask(kGet).status == 200);
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  std::size_t taken = 0;
  while (stream->write(std::string(1'000, 'x'))) taken += 1'000;
  CHECK(taken >= 100'000);
  CHECK(keeper.has_ended());
  CHECK(read_chunks(client) == std::nullopt);
}

TEST_CASE("streams beyond the limit are refused, until another one has ended") {
  CHECK(HttpServerOptions{}.max_streams == 64);
  StreamKeeper keeper;
  HttpServerOptions options;
  options.max_streams = 2;
  StreamingServer server(options, keeper.keep());
  RawClient one(server.port());
  auto two = std::make_unique<RawClient>(server.port());
  RawClient three(server.port());
  CHECK(one.ask(kGet).status == 200);
  CHECK(two->ask(kGet).status == 200);
  const auto refused = three.ask(kGet);
  CHECK(refused.status == 503);
  CHECK(refused.head.find("retry-after: 1\r\n") != std::string::npos);
  CHECK(refused.body.find("\"OVERLOADED\"") != std::string::npos);
  CHECK(three.ask(post("other")).body == "other");
  CHECK(three.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  CHECK(keeper.count() == 2);

  const auto first = keeper.opened(1);
  REQUIRE(first != nullptr);
  first->end();
  CHECK(keeper.have_ended(1));
  CHECK(three.ask(kGet).status == 200);
  CHECK(read_chunks(one) == "");
  CHECK(one.ask(kGet).status == 503);
  two.reset();
  CHECK(keeper.have_ended(2));
  CHECK(one.ask(kGet).status == 200);
}

TEST_CASE("a refused stream is put as the server's other refusals, and each answer is told once") {
  std::mutex mutex;
  std::vector<int> told;
  HttpServerOptions options;
  options.max_streams = 0;
  options.refusal = [](int status, std::string_view code, std::string_view) -> HttpResponse {
    return {status, {{"retry-after", "7"}}, std::string(code), Millis{0}};
  };
  options.on_answer = [&](const HttpRequest&, int status, Millis) {
    const std::scoped_lock lock(mutex);
    told.push_back(status);
  };
  StreamKeeper keeper;
  StreamingServer none(options, keeper.keep());
  RawClient client(none.port());
  const auto refused = client.ask(kGet);
  CHECK(refused.body == "OVERLOADED");
  CHECK(refused.head.find("retry-after: 7\r\n") != std::string::npos);
  none.stop();
  CHECK(told == std::vector{503});
  options.max_streams = 1;
  StreamingServer some(options, one_by_one({"one"}));
  RawClient other(some.port());
  CHECK(other.ask(kGet).status == 200);
  CHECK(read_chunks(other) == "begin one");
  some.stop();
  CHECK(told == std::vector{503, 200});
}

TEST_CASE("stop cuts streams at once") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.stop_grace = Millis{60'000};
  StreamingServer server(options, keeper.keep());
  RawClient one(server.port());
  RawClient two(server.port());
  CHECK(one.ask(kGet).status == 200);
  CHECK(two.ask(kGet).status == 200);
  const auto begun = std::chrono::steady_clock::now();
  server.stop();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  CHECK(keeper.have_ended(2));
  CHECK(!keeper.opened(1)->write("nobody"));
  CHECK(one.read_chunk() == std::nullopt);
  CHECK(two.read_chunk() == std::nullopt);
}

TEST_CASE("what has been written to its end is still sent when the server stops") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.stop_grace = Millis{10'000};
  StreamingServer server(options, keeper.keep());
  RawClient client(server.port());
  CHECK(client.ask(kGet).status == 200);
  const std::string large(16u << 20, 'x');
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  CHECK(stream->write(large));
  stream->end();
  RawClient idle(server.port());
  CHECK(idle.ask(post("")).status == 200);
  server.server().stop();
  CHECK(idle.closed());  // it is stopping
  CHECK(read_chunks(client) == large);
  CHECK(keeper.has_ended());
}

TEST_CASE("what is still being sent when the grace is over has ended, too") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.stop_grace = Millis{50};
  StreamingServer server(options, keeper.keep());
  RawClient client(server.port());
  CHECK(client.ask(kGet).status == 200);
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  CHECK(stream->write(std::string(16u << 20, 'x')));
  stream->end();
  server.stop();
  CHECK(keeper.has_ended());
}

TEST_CASE("many threads may write to a stream") {
  StreamKeeper keeper;
  StreamingServer server({}, keeper.keep());
  RawClient client(server.port());
  CHECK(client.ask(kGet).status == 200);
  const auto stream = keeper.opened();
  REQUIRE(stream != nullptr);
  std::jthread making([&] {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int line = 0; line < 2'000; ++line) stream->write("a whole line\n");
      });
    }
    threads.clear();
    stream->end();
  });
  std::string expected;
  for (int line = 0; line < 8'000; ++line) expected += "a whole line\n";
  CHECK(read_chunks(client) == expected);
  CHECK(keeper.has_ended());
}

TEST_CASE("a stream may be written to while its server ends, and when it has gone") {
  for (int i = 0; i < 20; ++i) {
    StreamKeeper keeper;
    std::jthread writing;
    std::shared_ptr<HttpStream> stream;
    {
      StreamingServer server({}, keeper.keep());
      RawClient client(server.port());
      CHECK(client.ask(kGet).status == 200);
      stream = keeper.opened();
      REQUIRE(stream != nullptr);
      writing = std::jthread([&] {
        while (stream->write("a")) std::this_thread::yield();
        stream->end();
      });
      CHECK(client.read_chunk().has_value());
    }
    CHECK(keeper.has_ended());
    CHECK(!stream->write("nobody"));
    stream->end();
  }
}

TEST_CASE("a stream function that throws has its stream cut, and the server goes on") {
  StreamKeeper keeper;
  const auto keep = keeper.keep();
  StreamingServer server({}, [&](const std::shared_ptr<HttpStream>& stream) {
    keep(stream);
    stream->on_room([] { throw std::runtime_error("at the second"); });
    stream->write("one");
    if (keeper.count() == 1) throw std::runtime_error("at the first");
  });
  for (int number = 1; number <= 2; ++number) {
    RawClient client(server.port());
    CHECK(client.ask(kGet).status == 200);
    CHECK(read_chunks(client) == std::nullopt);
    CHECK(keeper.have_ended(number));
    CHECK(!keeper.opened(static_cast<std::size_t>(number))->write("more"));
  }
  CHECK(RawClient(server.port()).ask(post("next")).body == "next");
}

TEST_CASE("a request whose answer is a stream holds no room for its body") {
  StreamKeeper keeper;
  HttpServerOptions options;
  options.max_bodies = 1'000;
  options.uncounted = 0;
  RunningServer server(
      options, at_once([&](const HttpRequest&) { return HttpResponse{.stream = keeper.keep()}; }));
  RawClient one(server.port());
  RawClient two(server.port());
  CHECK(one.ask(post(std::string(600, 'x'))).status == 200);
  CHECK(keeper.opened(1) != nullptr);
  CHECK(two.ask(post(std::string(600, 'x'))).status == 200);
  CHECK(keeper.opened(2) != nullptr);
}

TEST_CASE("streams over TLS, one after the other on one connection") {
  HttpServerOptions options;
  options.certificate = test_identity().certificate.certificate;
  options.private_key = test_identity().certificate.private_key;
  options.max_connections = 1;
  std::atomic<int> handled{0};
  const auto make = one_by_one({"one ", "two"});
  RunningServer server(options, at_once([&](const HttpRequest&) {
                         ++handled;
                         return HttpResponse{.stream = make};
                       }));
  TestSender sender;
  const auto url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  for (int i = 1; i <= 3; ++i) {
    const auto finished = sender.send(target_for(url), "{}");
    REQUIRE_MESSAGE(status_of(finished) == 200, text_of(finished));
    CHECK(std::get<Responded>(finished.outcome).body == "begin one two");
    CHECK(handled == i);
  }
  // This sender has enough before it is over, and goes.
  StreamKeeper keeper;
  const auto endless = endlessly(keeper);
  RunningServer other(options,
                      at_once([&](const HttpRequest&) { return HttpResponse{.stream = endless}; }));
  const auto cut =
      sender.send(target_for("https://127.0.0.1:" + std::to_string(other.port()) + "/"), "{}");
  CHECK_MESSAGE(status_of(cut) == 200, text_of(cut));
  CHECK(keeper.has_ended());
}

// How requests are answered: later, by other threads, under limits of their own.
#include "core/net/http_server.h"
#include "tests/net/raw_client.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("answers may come later and from other threads, in any order") {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<std::string, Respond>> waiting;
  RunningServer server({}, [&](HttpRequest& request, Respond respond) {
    const std::scoped_lock lock(mutex);
    waiting.emplace_back(std::move(request.body), std::move(respond));
    changed.notify_one();
  });
  RawClient first(server.port());
  RawClient second(server.port());
  first.send(post("one"));
  second.send(post("two"));
  std::jthread answering([&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting.size() == 2; });
    for (auto it = waiting.rbegin(); it != waiting.rend(); ++it) {
      it->second({200, {}, "got " + it->first, Millis{0}});
      it->second({500, {}, "again", Millis{0}});  // only the first counts
    }
  });
  CHECK(second.read().body == "got two");
  CHECK(first.read().body == "got one");
}

TEST_CASE("work is done by the server's own thread, after what it is doing") {
  HttpServer* own = nullptr;
  bool handling = false;
  std::thread::id thread;
  RunningServer server({}, [&](HttpRequest&, Respond respond) {
    handling = true;
    thread = std::this_thread::get_id();
    own->post([&, respond = std::move(respond)] {
      const bool after = !handling && std::this_thread::get_id() == thread;
      respond({200, {}, after ? "after" : "meanwhile", Millis{0}});
    });
    handling = false;
  });
  own = &server.server();
  CHECK(RawClient(server.port()).ask(post("x")).body == "after");
}

TEST_CASE("an answer that does not come in time is 503, and a late one is not mixed up") {
  HttpServerOptions options;
  options.answer_deadline = Millis{50};
  Respond late;
  RunningServer server(options, [&](HttpRequest& request, Respond respond) {
    if (request.body == "slow") {
      late = std::move(respond);
    } else {
      late({200, {}, "too late", Millis{0}});
      respond({200, {}, "mine", Millis{0}});
    }
  });
  RawClient client(server.port());
  CHECK(client.ask(post("slow")).status == 503);
  CHECK(client.ask(post("quick")).body == "mine");
}

TEST_CASE("a client that goes before the answer disturbs nobody") {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Respond> kept;
  RunningServer server({}, [&](HttpRequest& request, Respond respond) {
    if (request.body != "gone") return respond({200, {}, "here", Millis{0}});
    const std::scoped_lock lock(mutex);
    kept = std::move(respond);
    changed.notify_one();
  });
  {
    RawClient client(server.port());
    client.send(post("gone"));
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return kept.has_value(); });
  }
  (*kept)({200, {}, "nobody", Millis{0}});
  RawClient other(server.port());
  CHECK(other.ask(post("x")).body == "here");
}

TEST_CASE("a request may be allowed less than the server takes") {
  HttpServerOptions options;
  options.max_body = 1000;
  options.admit = [](const HttpRequest& request) -> Admission {
    return {.refusal = {}, .max_body = request.target == "/small" ? 4u : 2000u};
  };
  RunningServer server(options, at_once([](const HttpRequest& request) -> HttpResponse {
                         return {200, {}, std::to_string(request.body.size()), Millis{0}};
                       }));
  const struct {
    std::string target;
    std::size_t size;
    int status;
  } rows[] = {{"/small", 4, 200}, {"/small", 5, 413}, {"/", 1000, 200}, {"/", 1001, 413}};
  for (const auto& row : rows) {
    const std::string body(row.size, 'x');
    RawClient with_length(server.port());
    CHECK(with_length
              .ask("POST " + row.target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                   std::to_string(row.size) + "\r\n\r\n" + body)
              .status == row.status);
    RawClient chunked(server.port());
    char size[16];
    std::snprintf(size, sizeof size, "%zx", row.size);
    CHECK(chunked
              .ask("POST " + row.target +
                   " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n" +
                   body + "\r\n0\r\n\r\n")
              .status == row.status);
  }
}

TEST_CASE("every answer is told, refusals too") {
  std::mutex mutex;
  std::vector<std::pair<std::string, int>> told;
  HttpServerOptions options;
  options.on_answer = [&](const HttpRequest& request, int status, Millis took) {
    const std::scoped_lock lock(mutex);
    told.emplace_back(request.method, status);
    CHECK(took >= Millis{0});
  };
  RunningServer server(options, at_once([](const HttpRequest&) -> HttpResponse {
                         return {204, {}, {}, Millis{0}};
                       }));
  RawClient good(server.port());
  CHECK(good.ask(post("x")).status == 204);
  RawClient bad(server.port());
  CHECK(bad.ask("nonsense\r\n\r\n").status == 400);
  server.stop();
  CHECK(told == std::vector<std::pair<std::string, int>>{{"POST", 204}, {"", 400}});
}

TEST_CASE("an address that is trusted may have more connections than others") {
  HttpServerOptions options;
  options.max_per_address = 1;
  std::atomic<bool> trusted{false};
  options.is_trusted = [&](const std::string& address) {
    return trusted && address == "127.0.0.1";
  };
  RunningServer server(options, at_once([](const HttpRequest&) -> HttpResponse {
                         return {204, {}, {}, Millis{0}};
                       }));
  RawClient first(server.port());
  CHECK(first.ask(post("x")).status == 204);
  RawClient second(server.port());
  CHECK(second.closed());
  trusted = true;
  RawClient third(server.port());
  CHECK(third.ask(post("x")).status == 204);
}

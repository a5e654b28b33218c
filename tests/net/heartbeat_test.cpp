#include "core/net/heartbeat.h"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace thig {
namespace {

// A server whose thread does what it was given when the test says so.
class HeldServer final : public HttpServer {
 public:
  int port() const override { return 0; }
  void run() override {}
  void post(std::function<void()> work) override { posted.push_back(std::move(work)); }
  Status reload(const std::string&, const std::string&) override { return {}; }
  void stop() noexcept override {}

  void go_on() {
    for (const auto& work : std::exchange(posted, {})) work();
  }
  std::vector<std::function<void()>> posted;
};

}  // namespace

TEST_CASE("a server's thread that is stuck beats no more, and is given no pile of work") {
  HeldServer server;
  int beats = 0;
  Heartbeat heartbeat([&] { ++beats; });
  heartbeat.ask(server);
  heartbeat.ask(server);
  heartbeat.ask(server);
  CHECK(beats == 0);
  CHECK(server.posted.size() == 1);
  server.go_on();
  CHECK(beats == 1);
  heartbeat.ask(server);
  server.go_on();
  CHECK(beats == 2);

  Heartbeat nobody_listens({});
  nobody_listens.ask(server);
  CHECK(server.posted.empty());
}

}  // namespace thig

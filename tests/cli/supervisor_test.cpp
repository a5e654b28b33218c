#include "cli/app/service_manager.h"
#include "cli/app/supervised_parts.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace thig {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

// What systemd is to a service: a datagram socket, and what has come at it.
class Listening {
 public:
  // `name` as in sockaddr_un.
  explicit Listening(const std::string& name)
      : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const std::size_t end = name[0] == '\0' ? 0 : 1;
    REQUIRE(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + end)) == 0);
  }

  std::vector<std::string> heard() {
    std::vector<std::string> all;
    char text[256];
    for (ssize_t got = 0; (got = recv(socket_.get(), text, sizeof text, 0)) >= 0;) {
      all.emplace_back(text, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  FileDescriptor socket_;
};

using Heard = std::vector<std::string>;

// Keeps what it is told.
class Noting final : public Supervisor {
 public:
  void ready() override { told.emplace_back("ready"); }
  void reloading() override { told.emplace_back("reloading"); }
  void stopping() override { told.emplace_back("stopping"); }
  void beat() override { told.emplace_back("beat"); }
  std::optional<Millis> beat_every() const override { return Millis{10}; }

  Heard take() { return std::exchange(told, {}); }
  Heard told;
};

}  // namespace

TEST_CASE("a service manager is told what a service does") {
  TempDir dir;
  FakeClock clock;
  std::string name = dir.path("notify");
  std::string variable = name;
  SUBCASE("at a path") {}
  SUBCASE("at an abstract address") {
    name = '\0' + name;
    variable = "@" + variable;
  }
  Listening manager(name);
  ServiceManager service(Environment(Variables{{"NOTIFY_SOCKET", variable}}), clock);
  service.ready();
  CHECK(manager.heard() == Heard{"READY=1"});
  service.reloading();
  const Heard heard = manager.heard();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].starts_with("RELOADING=1\nMONOTONIC_USEC="));
  service.stopping();
  service.stopping();
  CHECK(manager.heard() == Heard{"STOPPING=1"});
  // Nobody has asked for beats.
  CHECK_FALSE(service.beat_every());
  service.beat();
  CHECK(manager.heard().empty());
}

TEST_CASE("beats are sent a third of the watchdog's interval apart, however often the loop turns") {
  TempDir dir;
  FakeClock clock;
  Listening manager(dir.path("notify"));
  ServiceManager service(Environment(Variables{{"NOTIFY_SOCKET", dir.path("notify")},
                                               {"WATCHDOG_USEC", "3000000"},
                                               {"WATCHDOG_PID", std::to_string(getpid())}}),
                         clock);
  CHECK(service.beat_every() == Millis{1000});
  service.beat();
  service.beat();
  CHECK(manager.heard() == Heard{"WATCHDOG=1"});
  clock.advance(Millis{999});
  service.beat();
  CHECK(manager.heard().empty());
  clock.advance(Millis{1});
  service.beat();
  CHECK(manager.heard() == Heard{"WATCHDOG=1"});
}

TEST_CASE("a beat that does not get through is made up for by the next") {
  TempDir dir;
  FakeClock clock;
  const Environment environment(
      Variables{{"NOTIFY_SOCKET", dir.path("notify")}, {"WATCHDOG_USEC", "3000000"}});
  ServiceManager service(environment, clock);
  service.ready();  // nobody is there
  service.beat();
  Listening manager(dir.path("notify"));
  service.beat();
  CHECK(manager.heard() == Heard{"WATCHDOG=1"});
}

TEST_CASE("whoever is not watched, or not by a socket, tells nobody") {
  FakeClock clock;
  TempDir dir;
  Listening manager(dir.path("notify"));
  const Variables rows[] = {
      {{"NOTIFY_SOCKET", dir.path("notify")}, {"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", "1"}},
      {{"NOTIFY_SOCKET", dir.path("notify")}, {"WATCHDOG_USEC", "soon"}},
      {{"NOTIFY_SOCKET", dir.path("notify")}, {"WATCHDOG_USEC", "-5"}},
      {{"NOTIFY_SOCKET", "notify"}, {"WATCHDOG_USEC", "3000000"}},
      {{"NOTIFY_SOCKET", "@"}, {"WATCHDOG_USEC", "3000000"}},
      {{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}, {"WATCHDOG_USEC", "3000000"}},
      {{"WATCHDOG_USEC", "3000000"}},
  };
  for (const Variables& row : rows) {
    ServiceManager service(Environment(row), clock);
    CHECK_FALSE(service.beat_every());
    service.beat();
    CHECK(manager.heard().empty());
  }
  unsupervised().ready();
  CHECK_FALSE(unsupervised().beat_every());
}

TEST_CASE("several as one are ready when all are, and beat when all have") {
  Noting whole;
  SupervisedParts parts(whole, 2);
  parts.part(0).ready();
  CHECK(whole.take().empty());
  parts.part(1).ready();
  CHECK(whole.take() == Heard{"ready"});

  parts.part(0).beat();
  parts.part(0).beat();
  CHECK(whole.take().empty());  // the other one may be stuck
  parts.part(1).beat();
  CHECK(whole.take() == Heard{"beat"});
  parts.part(1).beat();
  CHECK(whole.take().empty());

  parts.part(0).reloading();
  parts.part(1).reloading();
  parts.part(0).ready();
  CHECK(whole.take() == Heard{"reloading"});
  parts.part(1).ready();
  CHECK(whole.take() == Heard{"ready"});
  parts.part(0).stopping();
  CHECK(whole.take() == Heard{"stopping"});
  CHECK(parts.part(0).beat_every() == Millis{10});
}

}  // namespace thig

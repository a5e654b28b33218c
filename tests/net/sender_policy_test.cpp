// Names, addresses, and which of them are ever contacted.
#include "tests/net/sending.h"

#include <condition_variable>
#include <mutex>

#include <doctest/doctest.h>

using namespace thig;

namespace {

CurlSenderOptions resolving(LookUp look_up) {
  CurlSenderOptions options;
  options.look_up = std::move(look_up);
  return options;
}

std::string refusal_of(const Finished& finished) {
  const auto* refused = std::get_if<Refused>(&finished.outcome);
  return refused != nullptr ? refused->detail : "not refused: " + text_of(finished);
}

// A door that look-ups wait at.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("a name is sent to under its own name, at the address it resolves to") {
  std::string seen;
  HostileReceiver receiver(tls_options(), [&](HostileReceiver::Peer& peer) {
    seen = peer.read_request();
    peer.send(http_answer(200));
  });
  TestSender sender(resolving(look_up_in({{"hooks.test", {"127.0.0.1"}}})));
  const auto finished = sender.send(target_for(receiver.url("hooks.test")));
  CHECK(text_of(finished) == "200");
  CHECK(finished.address == "127.0.0.1");
  CHECK(seen.find("Host: hooks.test:") != std::string::npos);
}

TEST_CASE("a name that resolves to a refused address only is not sent to") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender(resolving(look_up_in({{"hooks.test", {"127.0.0.1"}},
                                          {"meta.test", {"169.254.169.254"}},
                                          {"many.test", {"10.0.0.1", "::1", "0.0.0.0"}}})));
  struct Row {
    const char* host;
    bool allow_private;
    std::vector<const char*> says;
  };
  const std::vector<Row> rows = {
      {"hooks.test", false, {"127.0.0.1 (hooks.test)", "loopback", "--allow-private"}},
      {"127.0.0.1", false, {"127.0.0.1 may not", "loopback"}},
      {"localhost", false, {"(localhost)", "--allow-private"}},
      {"many.test", false, {"10.0.0.1 (many.test)", "private"}},
      {"meta.test", true, {"169.254.169.254 (meta.test)", "link-local"}},
      {"169.254.169.254", true, {"169.254.169.254 may not", "link-local"}},
  };
  for (const auto& row : rows) {
    auto target = target_for(receiver.url(row.host));
    target->allow_private = row.allow_private;
    TestSender system;  // localhost is looked up by the system
    const auto detail =
        refusal_of((row.host == std::string("localhost") ? system : sender).send(target));
    for (const char* part : row.says) {
      CHECK_MESSAGE(detail.find(part) != std::string::npos, row.host, ": ", detail);
    }
    if (row.allow_private) CHECK(detail.find("--allow-private") == std::string::npos);
  }
  CHECK(receiver.connections() == 0);
}

TEST_CASE("URLs that no webhook may have are refused by the sender as well") {
  TestSender sender;
  for (const char* url : {"http://127.0.0.1/", "https://user@127.0.0.1/", "file:///etc/passwd",
                          "https://2130706433/", "not a url", ""}) {
    CHECK_MESSAGE(std::holds_alternative<Refused>(sender.send(target_for(url)).outcome), url);
  }
}

TEST_CASE("of a mixed answer only the allowed addresses are contacted") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender(
      resolving(look_up_in({{"hooks.test", {"169.254.169.254", "127.0.0.1", "0.0.0.0"}}})));
  const auto finished = sender.send(target_for(receiver.url("hooks.test")));
  CHECK(text_of(finished) == "200");
  CHECK(finished.address == "127.0.0.1");
}

TEST_CASE("if an address does not answer the next is tried, three at most") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender(resolving(
      look_up_in({{"hooks.test", {"127.0.0.2", "127.0.0.3", "127.0.0.1"}},
                  {"late.hooks.test", {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"}}})));
  const auto third = sender.send(target_for(receiver.url("hooks.test")));
  CHECK(text_of(third) == "200");
  CHECK(third.address == "127.0.0.1");
  const auto fourth = sender.send(target_for(receiver.url("late.hooks.test")));
  CHECK(text_of(fourth).find("connection refused by 127.0.0.4") != std::string::npos);
  CHECK(receiver.connections() == 1);
}

TEST_CASE("a name that changes is checked again") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  std::atomic<int> asked{0};
  auto options = resolving([&](const std::string&) -> Result<std::vector<Address>> {
    return std::vector{parse_address(asked++ == 0 ? "127.0.0.1" : "169.254.169.254").value()};
  });
  options.resolve_cache = Millis{0};
  TestSender sender(options);
  const auto target = target_for(receiver.url("hooks.test"));
  CHECK(text_of(sender.send(target)) == "200");
  CHECK(refusal_of(sender.send(target)).find("link-local") != std::string::npos);
  CHECK(receiver.requests() == 1);
}

TEST_CASE("names are asked for once, and believed as long as the options say") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  std::atomic<int> asked{0};
  TestSender sender(resolving([&](const std::string&) -> Result<std::vector<Address>> {
    ++asked;
    return std::vector{parse_address("127.0.0.1").value()};
  }));
  const auto target = target_for(receiver.url("hooks.test"));
  for (std::uint64_t i = 0; i < 10; ++i) sender.start(i, target);
  CHECK(sender.wait(10).size() == 10);
  CHECK(text_of(sender.send(target_for(receiver.url("hooks.test", "/other")))) == "200");
  CHECK(asked == 1);
}

TEST_CASE("a name that does not exist is a failure of the look-up") {
  TestSender sender(resolving(look_up_in({})));
  const auto finished = sender.send(target_for("https://nowhere.test/"));
  CHECK(text_of(finished) == "dns: nowhere.test: no such name");
  CHECK(finished.address.empty());
}

TEST_CASE("a look-up that hangs ends at the deadline, and holds nobody else up") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  // The look-ups outlive the sender; what they touch must too.
  auto shared = std::make_shared<Gate>();
  auto options = resolving([shared](const std::string& host) -> Result<std::vector<Address>> {
    if (host.starts_with("hang")) shared->pass();
    return std::vector{parse_address("127.0.0.1").value()};
  });
  options.resolver_threads = 2;
  TestSender sender(options);
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto target = target_for(receiver.url("hang" + std::to_string(i) + ".test"));
    target->endpoint = {static_cast<std::int64_t>(100 + i)};
    target->timeout = Millis{200};
    sender.start(i, target);
  }
  sender.start(99, target_for(receiver.url("hooks.test")));
  const auto first = sender.wait(1);
  REQUIRE(first.size() == 1);
  CHECK(first[0].ticket == 99);
  CHECK(text_of(first[0]) == "200");
  for (const auto& one : sender.wait(10)) {
    CHECK(text_of(one) == "timeout: no answer within 200ms (phase: name look-up)");
    CHECK(one.timing.total < Millis{2'000});
  }
  shared->open();
}

TEST_CASE("an interrupt reaches requests that wait for their name") {
  auto gate = std::make_shared<Gate>();
  TestSender sender(resolving([gate](const std::string&) -> Result<std::vector<Address>> {
    gate->pass();
    return fail(ErrorCode::network, "late");
  }));
  sender.start(1, target_for("https://hang.test/"));
  sender.interrupt();
  const auto finished = sender.wait(1);
  REQUIRE(finished.size() == 1);
  CHECK(text_of(finished[0]) == "interrupted");
  gate->open();
}

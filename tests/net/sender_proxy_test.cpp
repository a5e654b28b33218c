// Through an egress proxy: which addresses it is asked for, and whose fault what is.
#include "core/net/proxy_route.h"
#include "tests/net/sending.h"

#include <atomic>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace thig;

namespace {

// A proxy for CONNECT that leads to one port of this machine, whatever it is asked for, and notes
// what that was.
class ConnectProxy {
 public:
  // `answer`: to CONNECT; a tunnel is opened after 200 only.
  explicit ConnectProxy(int leads_to,
                        const std::string& answer = "HTTP/1.1 200 Connection established",
                        ReceiverOptions options = plain())
      : receiver_(std::move(options), [this, leads_to, answer](HostileReceiver::Peer& peer) {
          for (;;) {
            const std::string head = peer.read_request();
            if (head.empty()) return;
            note(head);
            const bool opens = answer.find(" 200 ") != answer.npos;
            peer.send(answer + "\r\n" + (opens ? "" : "Content-Length: 0\r\n") + "\r\n");
            if (opens) return peer.relay_to(leads_to);
          }
        }) {}

  static ReceiverOptions plain() {
    ReceiverOptions options;
    options.tls = false;
    return options;
  }

  EgressProxy settings(std::string_view scheme = "http", std::string_view host = "127.0.0.1") {
    return parse_proxy_url(fmt::format("{}://{}:{}", scheme, host, receiver_.port())).value();
  }
  int port() const { return receiver_.port(); }
  int connections() const { return receiver_.connections(); }
  std::vector<std::string> heads() {
    const std::scoped_lock lock(mutex_);
    return heads_;
  }
  // "CONNECT 127.0.0.1:443 HTTP/1.1"
  std::string first_line() {
    const auto all = heads();
    return all.empty() ? "" : all.front().substr(0, all.front().find("\r\n"));
  }

 private:
  void note(const std::string& head) {
    const std::scoped_lock lock(mutex_);
    heads_.push_back(head);
  }

  std::mutex mutex_;
  std::vector<std::string> heads_;
  HostileReceiver receiver_;
};

CurlSenderOptions through(EgressProxy proxy,
                          std::map<std::string, std::vector<std::string>> names) {
  CurlSenderOptions options;
  options.look_up = look_up_in(std::move(names));
  options.proxy = std::move(proxy);
  return options;
}

Fault fault_of(const Finished& finished) {
  const auto* failed = std::get_if<TransportFailed>(&finished.outcome);
  return failed != nullptr ? failed->fault : Fault::unknown;
}

}  // namespace

TEST_CASE("a proxy is asked for the checked address; the receiver sees its own name") {
  std::string seen;
  HostileReceiver receiver(tls_options(), [&](HostileReceiver::Peer& peer) {
    seen = peer.read_request();
    peer.send(http_answer(200));
  });
  ConnectProxy proxy(receiver.port());
  TestSender sender(through(proxy.settings(), {{"hooks.test", {"127.0.0.7"}}}));
  const auto finished = sender.observe(target_for(receiver.url("hooks.test")));
  CHECK(text_of(finished) == "200");
  CHECK(proxy.first_line() == fmt::format("CONNECT 127.0.0.7:{} HTTP/1.1", receiver.port()));
  CHECK(seen.find("Host: hooks.test:") != std::string::npos);
  CHECK(finished.address == "127.0.0.7");
  REQUIRE(finished.observation);
  CHECK(finished.observation->proxy == proxy.settings().text);
  CHECK_FALSE(finished.observation->proxy_resolved);
  REQUIRE(finished.observation->certificate);
  CHECK(finished.timing.connected.count() > 0);
}

TEST_CASE("nothing that is meant for the receiver is said to the proxy, nor the other way round") {
  std::string seen;
  HostileReceiver receiver(tls_options(), [&](HostileReceiver::Peer& peer) {
    seen = peer.read_request();
    peer.send(http_answer(200));
  });
  ConnectProxy proxy(receiver.port(), "HTTP/1.1 200 OK\r\nX-Of-The-Proxy: 1");
  EgressProxy settings = proxy.settings();
  REQUIRE(take_proxy_credentials(settings, "ann:se:cret"));
  TestSender sender(through(settings, {}));
  const auto finished = sender.send(target_for(receiver.url()), "{}", {{"x-own", "secret"}});
  CHECK(text_of(finished) == "200");
  const std::string head = proxy.heads().front();
  CHECK(head.find("Proxy-Authorization: Basic YW5uOnNlOmNyZXQ=\r\n") != std::string::npos);
  CHECK(head.find("x-own") == std::string::npos);
  CHECK(seen.find("Proxy-Authorization") == std::string::npos);
  CHECK(seen.find("x-own: secret") != std::string::npos);
}

TEST_CASE("an address that may not be sent to is not asked of a proxy either") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  EgressProxy by_name = proxy.settings();
  by_name.resolves = true;
  struct Row {
    const char* host;
    bool allow_private;
    bool resolves;
  };
  for (const auto& row : {Row{"meta.test", true, false}, Row{"hooks.test", false, false},
                          Row{"169.254.169.254", true, false}, Row{"169.254.169.254", true, true},
                          Row{"127.0.0.1", false, true}, Row{"localhost", false, true}}) {
    TestSender sender(through(row.resolves ? by_name : proxy.settings(),
                              {{"meta.test", {"169.254.169.254"}}, {"hooks.test", {"10.0.0.1"}}}));
    auto target = target_for(receiver.url(row.host));
    target->allow_private = row.allow_private;
    CHECK_MESSAGE(std::holds_alternative<Refused>(sender.send(target).outcome), row.host);
  }
  CHECK(proxy.connections() == 0);
}

TEST_CASE("a name that changes is checked before an open tunnel is used again") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  std::atomic<int> asked{0};
  CurlSenderOptions options = through(proxy.settings(), {});
  options.look_up = [&](const std::string&) -> Result<std::vector<Address>> {
    return std::vector{parse_address(asked++ == 0 ? "127.0.0.1" : "169.254.169.254").value()};
  };
  options.resolve_cache = Millis{0};
  TestSender sender(options);
  const auto target = target_for(receiver.url("hooks.test"));
  CHECK(text_of(sender.send(target)) == "200");
  CHECK(std::holds_alternative<Refused>(sender.send(target).outcome));
  CHECK(receiver.requests() == 1);
}

TEST_CASE("tunnels are used again") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  TestSender sender(through(proxy.settings(), {{"hooks.test", {"127.0.0.1"}}}));
  const auto target = target_for(receiver.url("hooks.test"));
  for (int i = 0; i < 3; ++i) CHECK(text_of(sender.send(target)) == "200");
  CHECK(proxy.connections() == 1);
}

TEST_CASE("a proxy that is to look names up is asked for the name") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  EgressProxy settings = proxy.settings();
  settings.resolves = true;
  TestSender sender(through(settings, {}));  // nothing can be looked up here
  const auto finished = sender.observe(target_for(receiver.url("hooks.test")));
  CHECK(text_of(finished) == "200");
  CHECK(proxy.first_line() == fmt::format("CONNECT hooks.test:{} HTTP/1.1", receiver.port()));
  CHECK(finished.address.empty());
  CHECK(finished.observation->proxy_resolved);
  CHECK(finished.observation->addresses.empty());
}

TEST_CASE("the proxy itself may be private, and is looked up like any name") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  TestSender sender(through(proxy.settings("http", "proxy.test"),
                            {{"proxy.test", {"127.0.0.1"}}, {"hooks.test", {"127.0.0.2"}}}));
  CHECK(text_of(sender.send(target_for(receiver.url("hooks.test")))) == "200");
  CHECK(proxy.connections() == 1);
}

TEST_CASE("exceptions are connected to directly") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  EgressProxy settings = proxy.settings();
  settings.except = {"*.Test", "127.0.0.1"};
  TestSender sender(through(settings, {{"hooks.test", {"127.0.0.1"}}}));
  CHECK(text_of(sender.send(target_for(receiver.url("hooks.test")))) == "200");
  CHECK(text_of(sender.send(target_for(receiver.url()))) == "200");
  CHECK(proxy.connections() == 0);
}

TEST_CASE("a proxy that the environment names is not used, nor are its exceptions") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port());
  ConnectProxy other(receiver.port());
  const std::string url = other.settings().text;
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    setenv(name, url.c_str(), 1);
  }
  setenv("no_proxy", "*", 1);
  TestSender direct(through(proxy.settings(), {}));
  CHECK(text_of(direct.send(target_for(receiver.url()))) == "200");
  TestSender without;
  CHECK(text_of(without.send(target_for(receiver.url()))) == "200");
  for (const char* name :
       {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy"}) {
    unsetenv(name);
  }
  CHECK(proxy.connections() == 1);
  CHECK(other.connections() == 0);
}

TEST_CASE("https: the certificate of the proxy is checked by its own authorities") {
  const Identity own = make_identity({"127.0.0.1"}, wall_now(), std::chrono::hours(24));
  ReceiverOptions with_tls;
  with_tls.certificate = own.certificate;
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port(), "HTTP/1.1 200 OK", with_tls);
  EgressProxy settings = proxy.settings("https");
  {
    TestSender sender(through(settings, {}));
    const auto finished = sender.observe(target_for(receiver.url()));
    CHECK(failed_with(finished, FailureKind::local));
    CHECK(fault_of(finished) == Fault::proxy_tls);
    CHECK(text_of(finished).find(settings.text) != std::string::npos);
    CHECK_FALSE(finished.observation->certificate);  // it would be taken for the receiver's
    CHECK(finished.reached == Phase::connect);
  }
  settings.ca_file = own.ca_file;
  TestSender sender(through(settings, {}));
  const auto finished = sender.observe(target_for(receiver.url()));
  CHECK(text_of(finished) == "200");
  REQUIRE(finished.observation->certificate);
  CHECK(finished.observation->certificate->subject.find("localhost") != std::string::npos);
  // The receiver is not trusted by the authorities of the proxy, nor the proxy's fault.
  auto stranger = target_for(receiver.url());
  stranger->ca_file = own.ca_file;
  const auto refused = sender.send(stranger);
  CHECK(failed_with(refused, FailureKind::tls));
  CHECK(fault_of(refused) == Fault::self_signed);
}

TEST_CASE("what the proxy is to blame for costs no attempt; what may be the receiver's does") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  struct Row {
    const char* answer;
    FailureKind kind;
    Fault fault;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"",
       FailureKind::local, Fault::proxy_credentials, "asks for a user name and a password (407)"},
      {"HTTP/1.1 403 Forbidden", FailureKind::connect, Fault::proxy_refused,
       "answered 403 to CONNECT 127.0.0.9:"},
      {"HTTP/1.1 502 Bad Gateway", FailureKind::connect, Fault::proxy_failed,
       "answered 502 to CONNECT 127.0.0.9:"},
      {"HTTP/1.1 302 Found\r\nLocation: https://login.test/", FailureKind::connect,
       Fault::proxy_refused, "answered 302"},
      {"SSH-2.0-OpenSSH_9.2", FailureKind::connect, Fault::proxy_failed, "no answer to CONNECT"},
  };
  for (const Row& row : rows) {
    ConnectProxy proxy(receiver.port(), row.answer);
    TestSender sender(through(proxy.settings(), {{"hooks.test", {"127.0.0.9"}}}));
    auto target = target_for(receiver.url("hooks.test"));
    target->timeout = Millis{2'000};
    const auto finished = sender.send(target);
    CHECK_MESSAGE(failed_with(finished, row.kind), text_of(finished));
    CHECK_MESSAGE(fault_of(finished) == row.fault, text_of(finished));
    CHECK_MESSAGE(text_of(finished).find(row.says) != std::string::npos, text_of(finished));
    CHECK(finished.reached == Phase::connect);
  }
  CHECK(receiver.connections() == 0);
}

TEST_CASE("a proxy that is slow to say more is known by the status that it has sent") {
  HostileReceiver slow(ConnectProxy::plain(), [](HostileReceiver::Peer& peer) {
    peer.read_some();
    peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 100\r\n\r\n");
    peer.hold();
  });
  TestSender sender(
      through(parse_proxy_url(fmt::format("http://127.0.0.1:{}", slow.port())).value(), {}));
  auto target = target_for("https://127.0.0.1:9/");
  target->timeout = Millis{300};
  const auto finished = sender.send(target);
  CHECK_MESSAGE(failed_with(finished, FailureKind::local), text_of(finished));
  CHECK_MESSAGE(fault_of(finished) == Fault::proxy_credentials, text_of(finished));
}

TEST_CASE("the receiver's next address is tried where the proxy could not connect to one") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  ConnectProxy proxy(receiver.port(), "HTTP/1.1 504 Gateway Timeout");
  TestSender sender(through(proxy.settings(), {{"hooks.test", {"127.0.0.2", "127.0.0.3"}}}));
  const auto finished = sender.send(target_for(receiver.url("hooks.test")));
  CHECK(fault_of(finished) == Fault::proxy_failed);
  const auto heads = proxy.heads();
  REQUIRE(heads.size() == 2);
  CHECK(heads[1].starts_with("CONNECT 127.0.0.3:"));
}

TEST_CASE("a proxy that is not there is no fault of the receiver") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  const auto check = [&](const EgressProxy& proxy, const char* says) {
    TestSender sender(through(proxy, {}));
    const auto finished = sender.send(target_for(receiver.url()));
    CHECK(failed_with(finished, FailureKind::local));
    CHECK(fault_of(finished) == Fault::proxy_unreachable);
    CHECK_MESSAGE(text_of(finished).find(says) != std::string::npos, text_of(finished));
    CHECK_MESSAGE(text_of(finished).find(proxy.text) != std::string::npos, text_of(finished));
  };
  int closed = 0;
  {
    HostileReceiver gone(ConnectProxy::plain(), answering(""));
    closed = gone.port();
  }
  check(parse_proxy_url(fmt::format("http://127.0.0.1:{}", closed)).value(), "connection refused");
  check(parse_proxy_url("http://nowhere.test:3128").value(), "no such name");
  // One that speaks no TLS.
  ConnectProxy plain(receiver.port());
  TestSender sender(through(plain.settings("https"), {}));
  auto target = target_for(receiver.url());
  target->timeout = Millis{500};
  const auto finished = sender.send(target);
  CHECK_MESSAGE(std::holds_alternative<TransportFailed>(finished.outcome), text_of(finished));
}

TEST_CASE("a look-up of the receiver that leaves no time for the proxy is no fault of the proxy") {
  const BlackHole hole("127.0.0.2", 3128);
  CurlSenderOptions options = through(parse_proxy_url("http://127.0.0.2:3128").value(), {});
  std::promise<void> never;
  options.look_up = [&never](const std::string& host) {
    never.get_future().wait_for(Millis{200});
    return look_up_in({{"hooks.test", {"127.0.0.3"}}})(host);
  };
  TestSender sender(std::move(options));
  auto target = target_for("https://hooks.test/");
  target->timeout = Millis{300};
  const auto finished = sender.send(target);
  CHECK(failed_with(finished, FailureKind::timeout));
  CHECK(fault_of(finished) == Fault::unknown);
}

TEST_CASE("a look-up of the proxy that fails for want of files is no fault of the proxy") {
  for (const bool local : {true, false}) {
    ProxyRoute route;
    route.proxy = parse_proxy_url("http://proxy.test:3128").value();
    route.take({.addresses = {}, .failure = "too many open files", .local = local, .expires = {}});
    const auto failed = std::get<TransportFailed>(outcome_without_proxy(route));
    CHECK(failed.kind == FailureKind::local);
    CHECK(failed.fault == (local ? Fault::unknown : Fault::proxy_unreachable));
  }
}

TEST_CASE("at the deadline it is told whether the proxy or what is behind it did not answer") {
  HostileReceiver silent(ConnectProxy::plain(), [](HostileReceiver::Peer& peer) { peer.hold(); });
  auto target = target_for("https://127.0.0.1:9/");
  target->timeout = Millis{150};
  {
    TestSender sender(
        through(parse_proxy_url(fmt::format("http://127.0.0.1:{}", silent.port())).value(), {}));
    const auto finished = sender.send(target);
    CHECK(failed_with(finished, FailureKind::timeout));
    CHECK(fault_of(finished) == Fault::proxy_failed);
    CHECK(text_of(finished).find("did not connect to 127.0.0.1:9 within") != std::string::npos);
  }
  {
    // Nor does it shake hands in TLS.
    TestSender sender(
        through(parse_proxy_url(fmt::format("https://127.0.0.1:{}", silent.port())).value(), {}));
    CHECK(fault_of(sender.send(target)) == Fault::proxy_unreachable);
  }
  const BlackHole hole("127.0.0.2", silent.port());
  TestSender sender(
      through(parse_proxy_url(fmt::format("http://127.0.0.2:{}", silent.port())).value(), {}));
  const auto finished = sender.send(target);
  CHECK(failed_with(finished, FailureKind::local));
  CHECK(fault_of(finished) == Fault::proxy_unreachable);
}

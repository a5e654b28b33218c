// Who the sender believes to be talking to, and who it says it is.
#include "tests/net/sending.h"
#include "tests/support/sample_pem.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

using namespace thig;

namespace {

void check_tls_failure(TestSender& sender, const SendTarget& target, const char* detail) {
  const auto finished = sender.send(std::make_shared<SendTarget>(target));
  const auto text = text_of(finished);
  CHECK_MESSAGE(failed_with(finished, FailureKind::tls), text);
  CHECK_MESSAGE(text.find(detail) != std::string::npos, text);
}

ReceiverOptions options_of(const Identity& identity) {
  ReceiverOptions options;
  options.certificate = identity.certificate;
  return options;
}

}  // namespace

TEST_CASE("certificates that do not prove the host are refused, and the failure says which") {
  TestSender sender;
  const auto answer = answering(http_answer(200));

  SUBCASE("expired") {
    const auto expired =
        make_identity({"127.0.0.1"}, wall_now() - std::chrono::hours(48), std::chrono::hours(24));
    HostileReceiver receiver(options_of(expired), answer);
    auto target = target_for(receiver.url());
    target->ca_file = expired.ca_file;
    check_tls_failure(sender, *target,
                      "certificate has expired (certificate subject CN = 127.0.0.1)");
    CHECK(receiver.requests() == 0);
  }
  SUBCASE("not yet valid") {
    const auto early =
        make_identity({"127.0.0.1"}, wall_now() + std::chrono::hours(48), std::chrono::hours(24));
    HostileReceiver receiver(options_of(early), answer);
    auto target = target_for(receiver.url());
    target->ca_file = early.ca_file;
    check_tls_failure(sender, *target, "certificate is not yet valid");
  }
  SUBCASE("for another host") {
    const auto other = make_identity({"other.test"}, wall_now(), std::chrono::hours(24));
    HostileReceiver receiver(options_of(other), answer);
    auto target = target_for(receiver.url());
    target->ca_file = other.ca_file;
    check_tls_failure(sender, *target, "not for 127.0.0.1 (certificate subject CN = other.test)");
    CHECK(receiver.requests() == 0);
  }
  SUBCASE("of an unknown authority") {
    const auto stranger = make_identity({"127.0.0.1"}, wall_now(), std::chrono::hours(24));
    HostileReceiver receiver(options_of(stranger), answer);
    check_tls_failure(sender, *target_for(receiver.url()), "self-signed certificate");
    CHECK(receiver.requests() == 0);
  }
  SUBCASE("of no authority the system knows") {
    HostileReceiver receiver(tls_options(), answer);
    auto target = target_for(receiver.url());
    target->ca_file.clear();
    check_tls_failure(sender, *target, "self-signed certificate");
  }
}

TEST_CASE("a port that speaks something else says so") {
  TestSender sender;
  ReceiverOptions plain;
  plain.tls = false;
  SUBCASE("plain HTTP") {
    HostileReceiver receiver(plain, [](HostileReceiver::Peer& peer) {
      peer.read_some();
      peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
      peer.hold();
    });
    check_tls_failure(sender, *target_for(receiver.url()), "plain HTTP, not TLS");
  }
  SUBCASE("another protocol") {
    HostileReceiver receiver(plain, [](HostileReceiver::Peer& peer) {
      peer.send("SSH-2.0-OpenSSH_9.2\r\n");
      peer.hold();
    });
    const auto finished = sender.send(target_for(receiver.url()));
    CHECK(text_of(finished).contains("does not speak TLS: its answer begins with \"SSH-2\""));
    CHECK(std::get<TransportFailed>(finished.outcome).fault == Fault::no_tls);
  }
  SUBCASE("nothing: closed during the handshake") {
    HostileReceiver receiver(plain, [](HostileReceiver::Peer& peer) { peer.read_some(); });
    check_tls_failure(sender, *target_for(receiver.url()), "during the TLS handshake");
  }
  SUBCASE("nothing: reset at once") {
    HostileReceiver receiver(plain, [](HostileReceiver::Peer& peer) { peer.reset(); });
    const auto finished = sender.send(target_for(receiver.url()));
    // Whether the reset comes before or after the connection stood is a matter of luck.
    const bool early = failed_with(finished, FailureKind::connect);
    CHECK_MESSAGE((early || failed_with(finished, FailureKind::tls)), text_of(finished));
    CHECK(text_of(finished).find(early ? "reset" : "during the TLS handshake") !=
          std::string::npos);
  }
  SUBCASE("TLS 1.1 at most") {
    auto old = tls_options();
    old.only_old_tls = true;
    HostileReceiver receiver(old, answering(http_answer(200)));
    check_tls_failure(sender, *target_for(receiver.url()), "no TLS 1.2 or newer");
  }
}

TEST_CASE("client certificates") {
  const auto client = make_identity({"client.test"}, wall_now(), std::chrono::hours(24));
  auto options = tls_options();
  options.client_ca = client.certificate.certificate;
  HostileReceiver receiver(options, answering(http_answer(200)));
  TestSender sender;

  auto with = target_for(receiver.url());
  with->client_cert = client.ca_file;
  with->client_key = client.key_file;
  CHECK(text_of(sender.send(with)) == "200");

  // The connection above is open still and must not serve who has no certificate.
  check_tls_failure(sender, *target_for(receiver.url()), "asks for a client certificate");

  auto wrong = target_for(receiver.url());
  wrong->client_cert = test_identity().ca_file;
  wrong->client_key = test_identity().key_file;
  check_tls_failure(sender, *wrong, "does not accept our client certificate");
  CHECK(receiver.requests() == 1);
}

TEST_CASE("a client certificate that is asked for is recognised however the connection ends") {
  const auto client = make_identity({"client.test"}, wall_now(), std::chrono::hours(24));
  for (const bool no_tls13 : {false, true}) {
    for (const bool resets : {false, true}) {
      INFO(no_tls13 << resets);
      auto options = tls_options();
      options.client_ca = client.certificate.certificate;
      options.no_tls13 = no_tls13;
      options.resets_at_certificate = resets;
      HostileReceiver receiver(options, answering(http_answer(200)));
      TestSender sender;
      // A body that is sent in pieces meets the end of the connection while it is written.
      for (const std::size_t size : {2u, 300'000u}) {
        const auto finished =
            sender.send(target_for(receiver.url()), '"' + std::string(size - 2, 'x') + '"');
        const auto* failure = std::get_if<TransportFailed>(&finished.outcome);
        REQUIRE_MESSAGE(failure != nullptr, text_of(finished));
        CHECK_MESSAGE(failure->fault == Fault::client_certificate, text_of(finished));
        CHECK_MESSAGE(failure->detail.contains("client certificate"), failure->detail);
      }
      CHECK(receiver.requests() == 0);
    }
  }
}

TEST_CASE("who asks for a client certificate and answers without one has no fault") {
  const auto client = make_identity({"client.test"}, wall_now(), std::chrono::hours(24));
  auto options = tls_options();
  options.client_ca = client.certificate.certificate;
  options.client_optional = true;
  TestSender sender;
  SUBCASE("an answer") {
    HostileReceiver receiver(options, answering(http_answer(200)));
    CHECK(text_of(sender.send(target_for(receiver.url()))) == "200");
    CHECK(text_of(sender.send(target_for(receiver.url()))) == "200");
    CHECK(receiver.connections() == 1);
    TestSender fresh;
    CHECK(fresh.observe(target_for(receiver.url())).observation->lacks_client_certificate);
  }
  SUBCASE("half an answer") {
    HostileReceiver receiver(options, [](HostileReceiver::Peer& peer) {
      peer.read_request();
      peer.send("HTTP/1.1 200 OK\r\ncontent-");
    });
    const auto finished = sender.send(target_for(receiver.url()));
    CHECK(failed_with(finished, FailureKind::closed));
    CHECK_FALSE(text_of(finished).contains("client certificate"));
  }
}

TEST_CASE("a reset after our client certificate was shown says so") {
  const auto client = make_identity({"client.test"}, wall_now(), std::chrono::hours(24));
  auto options = tls_options();
  options.client_ca = client.certificate.certificate;
  options.no_tls13 = true;
  options.resets_at_certificate = true;
  HostileReceiver receiver(options, answering(http_answer(200)));
  TestSender sender;
  auto target = target_for(receiver.url());
  target->client_cert = client.ca_file;
  target->client_key = client.key_file;
  const auto finished = sender.send(target);
  REQUIRE(failed_with(finished, FailureKind::tls));
  CHECK(std::get<TransportFailed>(finished.outcome).fault == Fault::closed);
  CHECK_MESSAGE(text_of(finished).contains("requested our client certificate and got it"),
                text_of(finished));
}

TEST_CASE("a connection that was opened with files that were replaced is not used any more") {
  const auto client = make_identity({"client.test"}, wall_now(), std::chrono::hours(24));
  auto options = tls_options();
  options.client_ca = client.certificate.certificate;
  HostileReceiver receiver(options, answering(http_answer(200)));
  TestSender sender;
  TempDir folder;
  const auto target_with = [&](const Identity& identity) {
    for (const auto& [from, to] :
         {std::pair{identity.ca_file, "cert"}, {identity.key_file, "key"}}) {
      std::filesystem::copy_file(from, folder.path("new"));
      std::filesystem::rename(folder.path("new"), folder.path(to));
    }
    auto target = target_for(receiver.url());
    target->client_cert = folder.path("cert");
    target->client_key = folder.path("key");
    target->tls = stamp_of(TlsFiles{
        .ca_file = {}, .client_cert = target->client_cert, .client_key = target->client_key});
    return target;
  };
  const auto first = target_with(client);
  CHECK(text_of(sender.send(first)) == "200");
  CHECK(text_of(sender.send(first)) == "200");
  CHECK(receiver.connections() == 1);
  // The same names; what is in them now is not what the receiver accepts.
  check_tls_failure(sender, *target_with(test_identity()),
                    "does not accept our client certificate");
  CHECK(receiver.requests() == 2);
  CHECK(text_of(sender.send(target_with(client))) == "200");
}

TEST_CASE("files of ours that cannot be read are our fault, not the receiver's") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender;
  auto no_ca = target_for(receiver.url());
  no_ca->ca_file = "/nonexistent/ca.pem";
  auto no_cert = target_for(receiver.url());
  no_cert->client_cert = "/nonexistent/client.pem";
  for (const auto& target : {no_ca, no_cert}) {
    CHECK(std::get<TransportFailed>(sender.send(target).outcome).fault == Fault::own_files);
    const auto finished = sender.send(target);
    CHECK_MESSAGE(failed_with(finished, FailureKind::local), text_of(finished));
    CHECK_MESSAGE(text_of(finished).find("/nonexistent/") != std::string::npos, text_of(finished));
  }
}

TEST_CASE("no pass phrase is asked for, whatever the key is") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender;
  // Where OpenSSL would ask, this process and its terminal would stand still.
  TempDir folder;
  std::ofstream(folder.path("cert")) << sample_certificate;
  for (const auto encrypted : {sample_key_encrypted, sample_key_encrypted_old}) {
    std::ofstream(folder.path("key")) << encrypted;
    auto target = target_for(receiver.url());
    target->client_cert = folder.path("cert");
    target->client_key = folder.path("key");
    const auto finished = sender.send(target);
    CHECK_MESSAGE(failed_with(finished, FailureKind::local), text_of(finished));
  }
  CHECK(status_of(sender.send(target_for(receiver.url()))) == 200);
}

TEST_CASE("a connection is not shared between policies") {
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  TestSender sender;
  REQUIRE(status_of(sender.send(target_for(receiver.url()))) == 200);

  auto other_authority = target_for(receiver.url());
  other_authority->ca_file.clear();
  CHECK(failed_with(sender.send(other_authority), FailureKind::tls));

  auto no_private = target_for(receiver.url());
  no_private->allow_private = false;
  CHECK(std::holds_alternative<Refused>(sender.send(no_private).outcome));
  CHECK(receiver.requests() == 1);

  REQUIRE(status_of(sender.send(target_for(receiver.url()))) == 200);
  CHECK(receiver.connections() == 2);  // the first, still in use, and the one that was not trusted
}

TEST_CASE("the environment neither redirects requests nor learns session keys") {
  TempDir folder;
  const auto key_log = folder.path("keys");
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    setenv(name, "http://127.0.0.1:1", 1);
  }
  setenv("SSLKEYLOGFILE", key_log.c_str(), 1);
  HostileReceiver receiver(tls_options(), answering(http_answer(200)));
  {
    TestSender sender;
    CHECK(text_of(sender.send(target_for(receiver.url()))) == "200");
  }
  for (const char* name :
       {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "SSLKEYLOGFILE"}) {
    unsetenv(name);
  }
  CHECK(!std::filesystem::exists(key_log));
}

TEST_CASE("what was seen on the way is told to those who ask") {
  TestSender sender;
  const Time made = wall_now();
  const auto identity = make_identity({"127.0.0.1"}, made, std::chrono::hours(48));
  HostileReceiver receiver(options_of(identity),
                           answering("HTTP/1.1 100 Continue\r\nx-early: 1\r\n\r\n"
                                     "HTTP/1.1 202 Accepted\r\nX-Two: a  b \r\nx-one:\r\n"
                                     "content-length: 2\r\n\r\nok"));
  auto target = target_for(receiver.url());
  target->ca_file = identity.ca_file;

  const Finished quiet = sender.send(target);
  CHECK(quiet.observation == nullptr);
  CHECK(quiet.reached == Phase::answer);

  TestSender fresh;  // with a connection of its own
  const Finished finished = fresh.observe(target);
  CHECK(status_of(finished) == 202);
  REQUIRE(finished.observation != nullptr);
  const Observation& seen = *finished.observation;
  REQUIRE(seen.addresses.size() == 1);
  CHECK(seen.addresses[0].address == "127.0.0.1");
  CHECK(seen.addresses[0].allowed);
  CHECK(seen.tls_version == "TLSv1.3");
  REQUIRE(seen.certificate.has_value());
  CHECK(seen.certificate->subject == "CN = 127.0.0.1");
  CHECK(seen.certificate->issuer == "CN = 127.0.0.1");
  CHECK(seen.certificate->not_before <= made);
  CHECK(seen.certificate->not_after >= made + std::chrono::hours(47));
  CHECK(seen.answer_headers ==
        std::vector<Header>{{"X-Two", "a  b"}, {"x-one", ""}, {"content-length", "2"}});
}

TEST_CASE("a failure tells how far it came, and what is wrong with the certificate") {
  const auto expired =
      make_identity({"127.0.0.1"}, wall_now() - std::chrono::hours(48), std::chrono::hours(24));
  HostileReceiver receiver(options_of(expired), answering(http_answer(200)));
  auto target = target_for(receiver.url());
  target->ca_file = expired.ca_file;
  TestSender sender;
  const Finished finished = sender.observe(target);
  CHECK(finished.reached == Phase::handshake);
  CHECK(std::get<TransportFailed>(finished.outcome).fault == Fault::certificate_expired);
  REQUIRE(finished.observation != nullptr);
  REQUIRE(finished.observation->certificate.has_value());
  CHECK(finished.observation->certificate->not_after < wall_now());

  // Nothing of it is left for the next one, which fails before there is a certificate.
  std::string gone;
  { gone = HostileReceiver(tls_options(), answering(http_answer(200))).url(); }
  const Finished refused = sender.observe(target_for(gone));
  CHECK(refused.reached == Phase::connect);
  CHECK(std::get<TransportFailed>(refused.outcome).fault == Fault::connection_refused);
  CHECK_FALSE(refused.observation->certificate.has_value());
}

TEST_CASE("every address of a name is told, and which may be used") {
  CurlSenderOptions options;
  options.look_up = look_up_in({{"mixed.test", {"169.254.1.1", "10.0.0.1"}}});
  TestSender sender(std::move(options));
  auto target = target_for("https://mixed.test/");
  target->allow_private = false;
  const Finished finished = sender.observe(target);
  CHECK(std::holds_alternative<Refused>(finished.outcome));
  CHECK(finished.reached == Phase::look_up);
  REQUIRE(finished.observation->addresses.size() == 2);
  CHECK_FALSE(finished.observation->addresses[0].allowed);
  CHECK_FALSE(finished.observation->addresses[1].allowed);
}

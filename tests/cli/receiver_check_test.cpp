#include "cli/listen/receiver_check.h"

#include "cli/listen/listen_certificate.h"
#include "core/rules/signing.h"
#include "tests/cli/cli_run.h"

#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace thig {
namespace {

SeededRandom random(1);
const Time now = *parse_rfc3339("2026-01-15T10:30:00Z");

HttpRequest delivery(const std::string& id, Time at, const std::string& secret = test_secret) {
  HttpRequest request{.method = "POST",
                      .target = "/",
                      .headers = {},
                      .body = R"({"id":"evt_1","event":"project.created","data":{}})",
                      .peer = "127.0.0.1"};
  const SigningKey key = signing_key(secret);
  const auto timestamp = to_unix_seconds(at);
  request.headers = {{"webhook-id", id},
                     {"webhook-timestamp", std::to_string(timestamp)},
                     {"webhook-signature", signature_header(SignatureMode::both, {&key, 1}, id,
                                                            timestamp, request.body)}};
  return request;
}

ReceiverCheck receiver() {
  return ReceiverCheck(test_secret, std::chrono::minutes(5));
}

}  // namespace

TEST_CASE("a delivery that is signed rightly is valid, and a second one is a duplicate") {
  ReceiverCheck check = receiver();
  const CheckedRequest first = check.check(delivery("dlv_1", now), now);
  CHECK(describe(first) == "valid (v1)");
  CHECK(verdict_name(first) == "valid");
  CHECK(first.event == "project.created");
  CHECK_FALSE(first.duplicate);
  CHECK(check.check(delivery("dlv_1", now), now).duplicate);
  CHECK_FALSE(check.check(delivery("dlv_2", now), now).duplicate);
}

TEST_CASE("what is wrong is told") {
  ReceiverCheck check = receiver();
  HttpRequest bare = delivery("dlv_1", now);
  bare.headers.clear();
  struct Row {
    HttpRequest request;
    std::string verdict;
  };
  for (const Row& row : {Row{delivery("dlv_1", now, "another secret"), "no_match"},
                         Row{delivery("dlv_1", now - std::chrono::minutes(6)), "too_old"},
                         Row{delivery("dlv_1", now + std::chrono::minutes(6)), "too_new"},
                         Row{bare, "missing_header"}}) {
    const CheckedRequest checked = check.check(row.request, now);
    CHECK(verdict_name(checked) == row.verdict);
    CHECK(describe(checked).starts_with("INVALID: "));
  }
  // None of these makes the real one look like a duplicate.
  CHECK_FALSE(check.check(delivery("dlv_1", now), now).duplicate);
}

TEST_CASE("without a secret nothing is claimed") {
  ReceiverCheck check(std::nullopt, std::chrono::minutes(5));
  const CheckedRequest checked = check.check(delivery("dlv_1", now), now);
  CHECK(verdict_name(checked) == "unverified");
  CHECK(describe(checked) == "not verified");
}

TEST_CASE("the certificate is used again while it is good for the same names") {
  const TempDir dir;
  const std::string file = dir.path("listen/cert.pem");
  const std::vector<std::string> names = {"localhost", "127.0.0.1"};
  const auto made = listen_certificate(file, names, now, random);
  REQUIRE_MESSAGE(made, made.error().text);
  for (const std::string& path : {file, file + ".key"}) {
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  CHECK(listen_certificate(file, names, now + std::chrono::days(100), random)->certificate ==
        made->certificate);
  CHECK(listen_certificate(file, names, now + std::chrono::days(365), random)->certificate !=
        made->certificate);
  const auto again = listen_certificate(file, names, now, random);
  const std::vector<std::string> more = {"localhost", "127.0.0.1", "10.0.0.7"};
  CHECK(listen_certificate(file, more, now, random)->certificate != again->certificate);
}

TEST_CASE("a certificate that others can write, or that is a pipe, is not used") {
  const TempDir dir;
  const std::string file = dir.path("cert.pem");
  const std::vector<std::string> names = {"localhost"};
  REQUIRE(listen_certificate(file, names, now, random).has_value());
  REQUIRE(chmod((file + ".key").c_str(), 0602) == 0);
  CHECK(listen_certificate(file, names, now, random).error().code == ErrorCode::file);
  REQUIRE(unlink((file + ".key").c_str()) == 0);
  REQUIRE(mkfifo((file + ".key").c_str(), 0600) == 0);
  CHECK(listen_certificate(file, names, now, random).error().code == ErrorCode::file);
}

TEST_CASE("a file that is not ours is left alone") {
  const TempDir dir;
  const std::string file = dir.path("mine.pem");
  std::ofstream(file) << "something else\n";
  const std::vector<std::string> names = {"localhost"};
  const auto refused = listen_certificate(file, names, now, random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::file);
}

}  // namespace thig

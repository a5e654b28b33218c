// What is said about an attempt, for every way in which it can go.
#include "core/probe/diagnosis.h"

#include "tests/support/remark_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace thig;

namespace {

const Time tested_at = *parse_rfc3339("2026-01-15T10:30:00Z");

Finished finished_with(Outcome outcome, Phase reached = Phase::answer) {
  Finished finished{.ticket = 1, .outcome = std::move(outcome), .timing = {}, .address = "8.8.8.8"};
  finished.reached = reached;
  auto seen = std::make_shared<Observation>();
  seen->addresses.push_back({.address = "8.8.8.8", .allowed = true});
  finished.observation = seen;
  return finished;
}

Responded answer_of(int status) {
  return {.status = status, .retry_after = {}, .location = {}, .body = {}};
}

TransportFailed failed(FailureKind kind, Fault fault = Fault::unknown) {
  return {.kind = kind, .detail = "detail", .fault = fault};
}

bool any_contains(const std::vector<Remark>& remarks, std::string_view part) {
  return std::ranges::any_of(
      remarks, [&](const Remark& remark) { return remark_text(remark).contains(part); });
}

}  // namespace

TEST_CASE("every failure has a name, a phase and something to do") {
  const struct {
    Finished finished;
    std::string fault;
    Phase phase;
  } rows[] = {
      {finished_with(answer_of(301)), "redirect", Phase::answer},
      {finished_with(answer_of(308)), "redirect", Phase::answer},
      {finished_with(answer_of(401)), "unauthorized", Phase::answer},
      {finished_with(answer_of(403)), "forbidden", Phase::answer},
      {finished_with(answer_of(404)), "not_found", Phase::answer},
      {finished_with(answer_of(410)), "gone", Phase::answer},
      {finished_with(answer_of(400)), "client_error", Phase::answer},
      {finished_with(answer_of(429)), "client_error", Phase::answer},
      {finished_with(answer_of(500)), "server_error", Phase::answer},
      {finished_with(answer_of(599)), "server_error", Phase::answer},
      {finished_with(answer_of(600)), "other_status", Phase::answer},
      {finished_with(failed(FailureKind::dns), Phase::look_up), "name_not_found", Phase::look_up},
      {finished_with(failed(FailureKind::connect, Fault::connection_refused), Phase::connect),
       "connection_refused", Phase::connect},
      {finished_with(failed(FailureKind::connect, Fault::unreachable), Phase::connect),
       "unreachable", Phase::connect},
      {finished_with(failed(FailureKind::tls), Phase::handshake), "tls", Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::certificate_expired), Phase::handshake),
       "certificate_expired", Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::certificate_not_yet_valid), Phase::handshake),
       "certificate_not_yet_valid", Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::wrong_host), Phase::handshake), "wrong_host",
       Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::self_signed), Phase::handshake), "self_signed",
       Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::unknown_issuer), Phase::handshake),
       "unknown_issuer", Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::plain_http), Phase::handshake), "plain_http",
       Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::no_tls), Phase::handshake), "no_tls",
       Phase::handshake},
      {finished_with(failed(FailureKind::tls, Fault::client_certificate), Phase::sending),
       "client_certificate", Phase::sending},
      {finished_with(failed(FailureKind::closed, Fault::client_certificate), Phase::sending),
       "client_certificate", Phase::sending},
      {finished_with(failed(FailureKind::timeout), Phase::look_up), "timeout", Phase::look_up},
      {finished_with(failed(FailureKind::timeout), Phase::connect), "timeout", Phase::connect},
      {finished_with(failed(FailureKind::timeout), Phase::handshake), "timeout", Phase::handshake},
      {finished_with(failed(FailureKind::timeout), Phase::sending), "timeout", Phase::sending},
      {finished_with(failed(FailureKind::timeout), Phase::answer), "timeout", Phase::answer},
      {finished_with(failed(FailureKind::closed)), "closed", Phase::answer},
      {finished_with(failed(FailureKind::bad_answer)), "bad_answer", Phase::answer},
      {finished_with(failed(FailureKind::local), Phase::connect), "local", Phase::connect},
      {finished_with(Refused{"10.0.0.1 may not be sent to"}, Phase::look_up), "refused_address",
       Phase::look_up},
  };
  for (const auto& row : rows) {
    INFO(row.fault);
    const auto failure = explain_failure(row.finished);
    REQUIRE(failure);
    CHECK(failure->fault == row.fault);
    CHECK(failure->phase == row.phase);
    CHECK_FALSE(failure->detail.empty());
    CHECK_FALSE(failure->hint.empty());
  }
  CHECK_FALSE(explain_failure(finished_with(answer_of(200))));
  CHECK_FALSE(explain_failure(finished_with(answer_of(299))));
}

TEST_CASE("a name that is not found here may be one that the proxy knows") {
  auto finished = finished_with(failed(FailureKind::dns), Phase::look_up);
  Observation seen;
  seen.proxy = "http://proxy.example.com:3128";
  finished.observation = std::make_shared<Observation>(std::move(seen));
  CHECK(explain_failure(finished)->hint ==
        Remark("check the name in the URL; where only the proxy can look it up, use ",
               Setting{"proxy-resolves"}));
}

TEST_CASE("a failure at the proxy is told as such, whatever kind of outcome it is") {
  for (const auto& [kind, fault] : {std::pair{FailureKind::local, Fault::proxy_unreachable},
                                    std::pair{FailureKind::local, Fault::proxy_tls},
                                    std::pair{FailureKind::local, Fault::proxy_credentials},
                                    std::pair{FailureKind::connect, Fault::proxy_refused},
                                    std::pair{FailureKind::timeout, Fault::proxy_failed}}) {
    const auto failure = explain_failure(finished_with(failed(kind, fault), Phase::connect));
    REQUIRE(failure);
    CHECK(failure->fault == to_text(fault));
    CHECK(failure->phase == Phase::connect);
    CHECK_FALSE(failure->hint.empty());
  }
}

TEST_CASE("a URL that cannot be used is told from an address that may not be") {
  Finished finished = finished_with(Refused{"no HTTPS"}, Phase::look_up);
  finished.observation = std::make_shared<Observation>();
  CHECK(explain_failure(finished)->fault == "refused_url");
}

TEST_CASE("a redirect says where to, and a certificate says when") {
  auto answer = answer_of(302);
  answer.location = "https://elsewhere.test/";
  CHECK(explain_failure(finished_with(answer))->detail.contains("https://elsewhere.test/"));

  CHECK(remark_text(explain_failure(finished_with(answer))->hint).contains("the new URL"));
  answer.location.clear();
  const auto nowhere = explain_failure(finished_with(answer));
  CHECK(nowhere->fault == "redirect");
  CHECK(remark_text(nowhere->hint).contains("does not say where to"));
  const auto unchanged = explain_failure(finished_with(answer_of(304)));
  CHECK(unchanged->fault == "other_status");
  CHECK_FALSE(remark_text(unchanged->hint).contains("URL"));

  auto seen = std::make_shared<Observation>();
  seen->certificate = CertificateFacts{.subject = "CN = x",
                                       .issuer = "CN = Some Authority",
                                       .not_before = tested_at - std::chrono::days(30),
                                       .not_after = tested_at - std::chrono::days(1)};
  Finished finished = finished_with(failed(FailureKind::tls, Fault::certificate_expired));
  finished.observation = seen;
  CHECK(remark_text(explain_failure(finished)->hint).contains("2026-01-14T10:30:00Z"));
  finished.outcome = failed(FailureKind::tls, Fault::unknown_issuer);
  CHECK(remark_text(explain_failure(finished)->hint).contains("CN = Some Authority"));
}

TEST_CASE("what is not wrong yet is a warning") {
  const Endpoint endpoint;
  const Finished good = finished_with(answer_of(200));
  CHECK(warnings_of(endpoint, good, tested_at).empty());

  Endpoint disabled;
  disabled.name = "crm";
  disabled.state = EndpointState::disabled;
  CHECK(any_contains(warnings_of(disabled, good, tested_at), "thig-hooks enable crm"));

  Finished slow = good;
  slow.timing = {.tls_done = std::chrono::milliseconds(10),
                 .first_byte = std::chrono::milliseconds(3'010),
                 .total = std::chrono::milliseconds(3'011)};
  CHECK(any_contains(warnings_of(endpoint, slow, tested_at), "took 3.0 s to answer"));
  slow.timing.first_byte = slow.timing.total = std::chrono::milliseconds(11'000);
  CHECK(any_contains(warnings_of(endpoint, slow, tested_at), "within 10 s"));

  Finished here = good;
  here.address = "127.0.0.1";
  CHECK(any_contains(warnings_of(endpoint, here, tested_at), "127.0.0.1 is not a public address"));

  const struct {
    Millis left;
    std::string warning;  // empty: none
  } rows[] = {
      {std::chrono::days(14), ""},
      {std::chrono::days(14) - Millis{1}, "expires in 13 days"},
      {std::chrono::days(1), "expires in 1 day"},
      {Millis{1}, "expires in 0 days"},
  };
  for (const auto& row : rows) {
    auto seen = std::make_shared<Observation>();
    seen->certificate = CertificateFacts{
        .subject = {}, .issuer = {}, .not_before = tested_at, .not_after = tested_at + row.left};
    Finished soon = good;
    soon.observation = seen;
    const auto warnings = warnings_of(endpoint, soon, tested_at);
    CHECK(warnings.empty() == row.warning.empty());
    if (!row.warning.empty()) CHECK(any_contains(warnings, row.warning));
  }
  auto mixed = std::make_shared<Observation>();
  mixed->addresses = {{.address = "8.8.8.8", .allowed = true},
                      {.address = "10.0.0.1", .allowed = false}};
  Finished one_of_two = good;
  one_of_two.observation = mixed;
  CHECK(any_contains(warnings_of(endpoint, one_of_two, tested_at), "10.0.0.1"));

  auto asked = std::make_shared<Observation>();
  asked->lacks_client_certificate = true;
  for (const auto& [status, warned] :
       {std::pair{200, false}, {400, true}, {403, true}, {500, false}}) {
    Finished answered = finished_with(answer_of(status));
    answered.observation = asked;
    CHECK(any_contains(warnings_of(endpoint, answered, tested_at), "--client-cert") == warned);
  }
}

TEST_CASE("the phases add up to the time it took") {
  using std::chrono::microseconds;
  Finished good = finished_with(answer_of(200));
  good.timing = {.resolved = microseconds(100),
                 .connected = microseconds(300),
                 .tls_done = microseconds(900),
                 .first_byte = microseconds(2'000),
                 .total = microseconds(2'100)};
  const auto times = phase_times(good);
  REQUIRE(times.size() == 4);
  const microseconds expected[] = {microseconds(100), microseconds(200), microseconds(600),
                                   microseconds(1'100)};
  for (std::size_t i = 0; i < times.size(); ++i) {
    CHECK(times[i].ok);
    CHECK(times[i].took == expected[i]);
  }
  CHECK(times[3].phase == Phase::answer);

  Finished stalled = finished_with(failed(FailureKind::timeout), Phase::handshake);
  stalled.timing = {.resolved = microseconds(100),
                    .connected = microseconds(300),
                    .total = microseconds(1'000'000)};
  const auto cut = phase_times(stalled);
  REQUIRE(cut.size() == 3);
  CHECK_FALSE(cut[2].ok);
  CHECK(cut[2].phase == Phase::handshake);
  CHECK(cut[2].took == microseconds(999'700));

  const auto unsent = phase_times(finished_with(failed(FailureKind::timeout), Phase::sending));
  REQUIRE(unsent.size() == 4);
  CHECK(unsent[3].phase == Phase::sending);
  CHECK_FALSE(phase_times(finished_with(answer_of(500))).back().ok);
}

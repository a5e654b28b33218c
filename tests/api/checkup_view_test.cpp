#include "core/api/checkup_view.h"

#include "tests/support/store_samples.h"

#include <doctest/doctest.h>

namespace thig {
namespace {

CheckupFacts facts_of_crm() {
  CheckupFacts facts;
  facts.now = *parse_rfc3339("2026-06-01T12:00:00Z");
  WebhookFacts crm;
  crm.endpoint = sample_endpoint("crm", 1);
  crm.stats.pending = 7;
  crm.stats.dead = 3;
  crm.stats.next_due = facts.now - Millis{90'000};
  facts.work = WorkFacts{.webhooks = {crm}, .waiting_requests = 0, .newest_waiting = {}};
  return facts;
}

Finding finding(CheckState state, std::string text) {
  return {.check = "webhooks", .state = state, .text = std::move(text), .hint = {}};
}

}  // namespace

TEST_CASE("a monitoring system gets the worst state, the worst findings first, and figures") {
  CheckupFacts facts = facts_of_crm();
  facts.limits = {.backlog_age = Millis{600'000}, .dead = 10};
  const std::string figures =
      " | webhooks=1 failing=0 disabled=0 pending=7 dead=3;;10 backlog_age=90s;;600";
  const Finding good = finding(CheckState::ok, "fine");
  const Finding odd = finding(CheckState::warning, "crm fails");
  const Finding bad = finding(CheckState::fault, "erp is disabled");
  const struct {
    std::vector<Finding> findings;
    MonitoringState state;
    std::string text;
  } rows[] = {
      {{good}, MonitoringState::ok, "OK - everything is in order"},
      {{good, odd}, MonitoringState::warning, "WARNING - crm fails"},
      {{odd, bad}, MonitoringState::critical, "CRITICAL - erp is disabled; crm fails"},
      {{bad, bad, bad, odd},
       MonitoringState::critical,
       "CRITICAL - erp is disabled; erp is disabled; erp is disabled; 1 more"},
  };
  for (const auto& row : rows) {
    const MonitoringAnswer answer = monitoring_answer(facts, row.findings);
    CHECK(answer.line == row.text + figures);
    CHECK(static_cast<int>(answer.state) == static_cast<int>(row.state));
  }
}

TEST_CASE("what kept the check-up from looking is unknown, whatever else was found") {
  CheckupFacts facts = facts_of_crm();
  facts.work.reset();
  facts.work_failure = Error{ErrorCode::busy, "the database is busy", {}};
  const Finding bad = finding(CheckState::fault, "something");
  CHECK(monitoring_answer(facts, {&bad, 1}).line == "UNKNOWN - the database is busy");
  facts.work_failure.reset();
  facts.database.failure = Error{ErrorCode::database, "it is no database", {}};
  CHECK(monitoring_answer(facts, {&bad, 1}).line == "UNKNOWN - it is no database");
}

TEST_CASE("a finding cannot begin figures or another line") {
  const CheckupFacts facts = facts_of_crm();
  const Finding odd = finding(CheckState::warning, "a|b\nc\x1b[0m");
  CHECK(monitoring_answer(facts, {&odd, 1}).line.starts_with("WARNING - a/b c [0m | webhooks=1"));
}

}  // namespace thig

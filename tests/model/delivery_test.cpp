#include "core/model/delivery.h"

#include <doctest/doctest.h>

using namespace thig;

TEST_CASE("an attempt in a word is its status, or what kept it from getting one") {
  Attempt attempt;
  attempt.status = 503;
  attempt.error = "http: 503";
  CHECK(outcome_of(attempt) == "503");
  attempt.status.reset();
  attempt.error = "timeout: no answer within 10s";
  CHECK(outcome_of(attempt) == "timeout");
  attempt.error = "bad_answer";
  CHECK(outcome_of(attempt) == "bad_answer");
}

TEST_CASE("outcomes are asked for by word, by status, or by class of status") {
  const struct {
    const char* wanted;
    const char* outcome;
    bool match;
  } rows[] = {
      {"503", "503", true},      {"503", "500", false}, {"5xx", "503", true},
      {"5xx", "599", true},      {"5xx", "403", false}, {"5xx", "50", false},
      {"5xx", "5000", false},    {"5xx", "5ab", false}, {"timeout", "timeout", true},
      {"timeout", "tls", false}, {"xxx", "503", false}, {"", "503", false},
      {"5xx", "", false},        {"5xx", "5xx", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.wanted);
    CAPTURE(row.outcome);
    CHECK(matches_outcome(row.wanted, row.outcome) == row.match);
  }
}

#include "core/api/test_view.h"

#include "core/documents/json_members.h"
#include "core/probe/diagnosis.h"

#include <algorithm>

namespace thig {
namespace {

void write_test_request(JsonWriter& json, const PreparedTest& test) {
  json.key("request").begin_object().key("method").text("POST").key("url").text(test.endpoint.url);
  json.key("headers").begin_array();
  for (const Header& header : test.probe.headers) {
    write_header(json, header.name, shown_value(test.endpoint, header));
  }
  json.end_array().key("body").text(test.probe.event.body).key("signedContent").begin_array();
  for (const SignedText& signed_text : test.probe.signed_texts) {
    json.begin_object().key("signature").text(signed_text.signature);
    json.key("content").text(signed_text.text).end_object();
  }
  json.end_array().end_object();
}

void write_test_head(JsonWriter& json, const PreparedTest& test) {
  json.key("url").text(test.endpoint.url);
  write_text_or_null(json, "webhook", test.endpoint.name);
  json.key("id").text(to_text(test.probe.id)).key("event").text(test.probe.event.type);
}

void write_tls(JsonWriter& json, const Observation& seen, Time now) {
  json.key("tls");
  if (!seen.certificate && seen.tls_version.empty()) {
    json.null();
    return;
  }
  const CertificateFacts facts = seen.certificate.value_or(CertificateFacts{});
  json.begin_object();
  write_text_or_null(json, "version", seen.tls_version);
  write_text_or_null(json, "subject", facts.subject);
  write_text_or_null(json, "issuer", facts.issuer);
  write_time(json, "notBefore", facts.not_before);
  write_time(json, "notAfter", facts.not_after);
  json.key("daysLeft");
  facts.not_after ? json.number(std::int64_t{days_until(*facts.not_after, now)}) : json.null();
  json.end_object();
}

void write_seen_on_the_way(JsonWriter& json, const Finished& finished, Time now) {
  json.key("phases").begin_array();
  for (const PhaseTime& time : phase_times(finished)) {
    json.begin_object().key("phase").text(to_text(time.phase)).key("ok").boolean(time.ok);
    json.key("ms").number(in_millis(time.took)).end_object();
  }
  json.end_array().key("addresses").begin_array();
  for (const Observation::Found& found : finished.observation->addresses) {
    json.begin_object().key("address").text(found.address).key("allowed").boolean(found.allowed);
    json.key("used").boolean(found.address == finished.address).end_object();
  }
  json.end_array().key("proxy");
  if (const Observation& seen = *finished.observation; seen.proxy.empty()) {
    json.null();
  } else {
    json.begin_object().key("url").text(seen.proxy);
    json.key("resolves").boolean(seen.proxy_resolved).end_object();
  }
  write_tls(json, *finished.observation, now);
}

void write_test_answer(JsonWriter& json, const Finished& finished) {
  json.key("answer");
  const Responded* answer = answer_of(finished);
  if (!answer) {
    json.null();
    return;
  }
  json.begin_object().key("status").number(std::int64_t{answer->status});
  write_headers(json, "headers", finished.observation->answer_headers);
  json.key("body").text(answer->body).end_object();
}

void write_test_failure(JsonWriter& json, const Finished& finished, const Wording& wording) {
  json.key("failure");
  const auto failure = explain_failure(finished);
  if (!failure) {
    json.null();
    return;
  }
  json.begin_object().key("phase").text(to_text(failure->phase));
  json.key("fault").text(failure->fault).key("detail").text(failure->detail);
  write_text_or_null(json, "hint", wording.text(failure->hint));
  json.end_object();
}

}  // namespace

std::string shown_value(const Endpoint& endpoint, const Header& header) {
  const auto& own = endpoint.headers;
  return std::ranges::find(own, header) != own.end() ? "(hidden)" : header.value;
}

const Responded* answer_of(const Finished& finished) {
  return std::get_if<Responded>(&finished.outcome);
}

double in_millis(Timing::Micros time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string test_request_document(const PreparedTest& test) {
  return object_document([&](JsonWriter& json) {
    json.key("dryRun").boolean(true);
    write_test_head(json, test);
    write_test_request(json, test);
  });
}

std::string test_document(const TestReport& report, const Wording& wording) {
  const Finished& finished = report.finished;
  return object_document([&](JsonWriter& json) {
    json.key("ok").boolean(report.ok());
    write_test_head(json, report.test);
    write_seen_on_the_way(json, finished, report.at);
    write_test_request(json, report.test);
    write_test_answer(json, finished);
    write_test_failure(json, finished, wording);
    write_texts(json, "warnings",
                wording.texts(warnings_of(report.test.endpoint, finished, report.at)));
    json.key("recorded").boolean(report.test.recorded);
    json.key("totalMs").number(in_millis(finished.timing.total));
  });
}

}  // namespace thig

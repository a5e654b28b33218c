#include "core/api/test_flow.h"

#include "core/rules/decision.h"
#include "core/rules/endpoint_rules.h"
#include "core/rules/url_rules.h"
#include "core/setup/webhooks.h"

namespace thig {
namespace {

constexpr int tested_id_bits = 40;

Status check_tested_url(Endpoint& endpoint, std::string_view secret) {
  THIG_TRY(check_secret(secret, endpoint.signature));
  endpoint.name = "test";  // every webhook has one
  THIG_TRY(check_endpoint(endpoint));
  endpoint.name.clear();
  return check_tls_files(tls_files(endpoint));
}

}  // namespace

bool TestReport::ok() const {
  return is_success(finished.outcome);
}

Result<PreparedTest> prepare_url_test(UrlToTest asked, const TestSample& sample, Time now,
                                      Random& random) {
  THIG_TRY_ASSIGN(url, parse_webhook_url(asked.url));
  const std::string secret = asked.secret ? std::move(*asked.secret) : fresh_secret(random);
  Endpoint& endpoint = asked.settings;
  endpoint.id = EndpointId{random.bits(tested_id_bits)};
  endpoint.url = url.text;
  endpoint.events = {"*"};
  if (!asked.signature_chosen && !is_standard_secret(secret)) {
    endpoint.signature = SignatureMode::thig;
  }
  THIG_TRY(check_tested_url(endpoint, secret));
  THIG_TRY_ASSIGN(data, test_data(nullptr, endpoint, sample.type, sample.data));
  const SigningKey key = signing_key(secret);
  Probe probe =
      make_probe(endpoint, {&key, 1}, unrecorded_event(sample.type, data, now, random), now);
  return PreparedTest{.endpoint = std::move(endpoint), .probe = std::move(probe), .at = now};
}

Result<PreparedTest> preview_webhook_test(Store& store, const Member& actor,
                                          std::string_view name_or_id, const TestSample& sample,
                                          Time now, Random& random) {
  THIG_TRY_ASSIGN(tested, webhook_to_test(store.config(), actor, name_or_id, now));
  THIG_TRY_ASSIGN(data, test_data(&store.config(), tested.endpoint, sample.type, sample.data));
  Probe probe = make_probe(tested.endpoint, tested.keys,
                           unrecorded_event(sample.type, data, now, random), now);
  return PreparedTest{.endpoint = std::move(tested.endpoint), .probe = std::move(probe), .at = now};
}

Result<PreparedTest> begin_webhook_test(Store& store, const Member& actor,
                                        std::string_view name_or_id, const TestSample& sample,
                                        Time now) {
  THIG_TRY_ASSIGN(tested, webhook_to_test(store.config(), actor, name_or_id, now));
  THIG_TRY_ASSIGN(data, test_data(&store.config(), tested.endpoint, sample.type, sample.data));
  THIG_TRY_ASSIGN(event,
                  store.test_deliveries().begin_test(tested.endpoint.id, sample.type, data, now));
  Probe probe = make_probe(tested.endpoint, tested.keys, std::move(event), now);
  return PreparedTest{.endpoint = std::move(tested.endpoint),
                      .probe = std::move(probe),
                      .at = now,
                      .recorded = true};
}

Result<TestReport> send_test(PreparedTest test, Store* store, Sender& sender, Waker& waker,
                             const Clock& clock, const std::atomic<bool>& stop) {
  Finished finished = send_probe(test.probe, sender, waker, stop);
  return conclude_test(std::move(test), std::move(finished), store, clock.now().wall);
}

Result<TestReport> conclude_test(PreparedTest test, Finished finished, Store* store, Time ended) {
  if (test.recorded) {
    const Tried tried{.attempts_made = 0,
                      .started_at = test.at,
                      .duration = finished.timing.total_millis(),
                      .outcome = finished.outcome};
    THIG_TRY(store->test_deliveries().finish_test(test.probe.id, attempt_of(tried), ended));
  }
  if (std::holds_alternative<Interrupted>(finished.outcome)) {
    return fail(ErrorCode::interrupted, "interrupted before there was an answer");
  }
  return TestReport{.test = std::move(test), .finished = std::move(finished), .at = ended};
}

}  // namespace thig

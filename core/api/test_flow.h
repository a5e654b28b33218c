// Testing an endpoint with one signed sample: a webhook's, where the test is recorded, or that of
// any URL, where nothing is.
#pragma once

#include "core/base/clock.h"
#include "core/probe/prober.h"
#include "core/store/store.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

// The event that is sent.
struct TestSample {
  std::string type{test_event_type};
  std::optional<std::string> data{};  // JSON; without it the type's own sample
};

// A URL that is no webhook's yet.
struct UrlToTest {
  std::string url;
  std::optional<std::string> secret{};  // without it the request is signed with a random one
  Endpoint settings{};                  // of the request and the network; all else is ignored
  bool signature_chosen = false;        // by the settings; else the secret decides
};

// A test that is ready to be sent.
struct PreparedTest {
  Endpoint endpoint;
  Probe probe;
  Time at{};
  bool recorded = false;
};

struct TestReport {
  PreparedTest test;
  Finished finished;
  Time at{};  // when there was an answer, or none

  bool ok() const;
};

// `invalid` for a URL, a secret or settings that no webhook can have, `file` for TLS files that
// cannot be used; errors of the sample as of test_data.
Result<PreparedTest> prepare_url_test(UrlToTest asked, const TestSample& sample, Time now,
                                      Random& random);
// A webhook's test without recording it. Errors as of webhook_to_test and test_data.
Result<PreparedTest> preview_webhook_test(Store& store, const Member& actor,
                                          std::string_view name_or_id, const TestSample& sample,
                                          Time now, Random& random);
// The same, recorded: send_test is to follow.
Result<PreparedTest> begin_webhook_test(Store& store, const Member& actor,
                                        std::string_view name_or_id, const TestSample& sample,
                                        Time now);

// Its outcome, recorded if the test is (`store` may be null if not). `interrupted` where it was.
Result<TestReport> conclude_test(PreparedTest test, Finished finished, Store* store, Time ended);

// Sends it, waits for its outcome and records that, if the test is recorded (`store` may be null if
// not). The sender must wake `waker`. `interrupted` once `stop` is set.
Result<TestReport> send_test(PreparedTest test, Store* store, Sender& sender, Waker& waker,
                             const Clock& clock, const std::atomic<bool>& stop);

}  // namespace thig

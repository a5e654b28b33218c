// Testing several webhooks, some at a time: each as test_flow.h tests one.
#pragma once

#include "core/api/test_flow.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace thig {

// The outgoing webhooks that are named, by name, id or pattern, each once. `not_found` for a name
// that there is not, or a pattern that matches no outgoing one; `usage` for an incoming webhook.
Result<std::vector<EndpointId>> webhooks_to_test(Store& store, std::span<const std::string> words);
// All that are enabled, by name.
Result<std::vector<EndpointId>> enabled_webhooks(Store& store);

struct SeriesParts {
  Store& store;
  const Member& actor;
  const TestSample& sample;
  Random& random;
  Sender& sender;
  Waker& waker;  // that the sender wakes
  const Clock& clock;
  const std::atomic<bool>& stop;
};

// In the order of `webhooks`, whatever the order of their ends. `on_report` is told how many have
// ended. A webhook whose files or secrets cannot be used has failed: its report says why. Other
// errors as of begin_webhook_test end it, as does `interrupted` once `stop` is set; what has been
// sent is recorded then, too.
Result<std::vector<TestReport>> test_webhooks(std::span<const EndpointId> webhooks,
                                              const SeriesParts& parts,
                                              const std::function<void(std::size_t)>& on_report);

}  // namespace thig

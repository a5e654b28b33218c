// Whether an installation is in order: facts that were gathered, and what they mean. For `doctor`.
#pragma once

#include "core/base/time.h"
#include "core/base/waker.h"
#include "core/model/api_key.h"
#include "core/model/endpoint.h"
#include "core/model/member.h"
#include "core/net/sender.h"
#include "core/rules/egress_proxy.h"
#include "core/store/examination.h"
#include "core/store/store.h"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// "3.40.1" each.
struct LibraryVersions {
  std::string sqlite;
  std::string curl;
  std::string openssl;
  std::string idn2{};
  std::string boost{};
};

// What an outgoing webhook is doing.
struct WebhookFacts {
  Endpoint endpoint;
  EndpointStats stats;
  EndpointHealth health;
  std::optional<Error> tls_files;  // why its certificate, key or CA file cannot be used
};

struct WorkFacts {
  std::vector<WebhookFacts> webhooks;
  // Received requests whose action is still to be run, and the newest of them; counted to a limit.
  std::int64_t waiting_requests = 0;
  std::optional<Time> newest_waiting;
  std::vector<ApiKey> api_keys{};
  std::vector<Member> members{};
};

// The outcome of a handshake with an endpoint.
struct HandshakeFacts {
  Endpoint endpoint;
  Finished finished;
};

// What is a fault to whoever watches this installation; nothing: no amount is.
struct CheckupLimits {
  std::optional<Millis> backlog_age;  // how long a delivery may have been due
  std::optional<std::int64_t> dead;   // how many deliveries may be dead, of all webhooks
};

struct CheckupFacts {
  Time now{};
  DatabaseExamination database;
  LibraryVersions libraries;
  std::optional<int> dispatching_pid;
  std::optional<int> acting_pid;
  std::optional<WorkFacts> work;  // nothing if the database did not give it
  std::optional<Error> work_failure;
  std::vector<HandshakeFacts> handshakes;
  CheckupLimits limits{};
  std::optional<EgressProxy> proxy{};
};

enum class CheckState { ok, warning, fault };
std::string_view to_text(CheckState state);

struct Finding {
  std::string_view check;  // "database", "permissions", …
  CheckState state = CheckState::ok;
  std::string text;
  Remark hint;  // what to do; empty where there is nothing to
};

// How long the delivery that waits longest has been due, of those that nothing holds back; 0 if
// none waits. A paused webhook holds its deliveries back, and so does a disabled one.
Millis backlog_age(const WorkFacts& work, Time now);
// Dead deliveries of all webhooks.
std::int64_t count_dead(const WorkFacts& work);

// Of what the store can tell.
Result<WorkFacts> gather_work(Store& store);

// Shakes hands with each, all at once, and sends nothing. `Interrupted` outcomes once `stop` is
// set.
std::vector<HandshakeFacts> shake_hands(const std::vector<Endpoint>& endpoints, Sender& sender,
                                        Waker& waker, const std::atomic<bool>& stop);

// Pure. In the order in which they are to be shown; every check has at least one finding, unless
// its facts are missing.
std::vector<Finding> evaluate(const CheckupFacts& facts);

}  // namespace thig

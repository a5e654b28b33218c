// What `listen` makes of a request: the checks that every receiver of webhooks should do.
#pragma once

#include "core/base/time.h"
#include "core/net/http_server.h"
#include "core/rules/verification.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace thig {

struct CheckedRequest {
  std::string id;                            // webhook-id, as it came
  std::string event;                         // from the body; empty if there is none
  std::optional<Verification> verification;  // nothing where none is asked for
  bool duplicate = false;                    // a request with this webhook-id was good before
};

class ReceiverCheck {
 public:
  // Without a secret nothing is verified. `schemes`: those that a sender may sign by; none: those
  // of our own deliveries. They must outlive this. `tolerance`: else the scheme's own.
  explicit ReceiverCheck(const std::optional<std::string>& secret,
                         std::optional<Millis> tolerance = {},
                         std::vector<const Scheme*> schemes = {});

  // `url`: where the request was sent, for schemes that sign it.
  CheckedRequest check(const HttpRequest& request, Time now, std::string_view url = {});

 private:
  bool seen_before(const std::string& id);

  std::vector<SigningKey> keys_;
  std::optional<Millis> tolerance_;
  std::vector<const Scheme*> schemes_;
  std::unordered_set<std::string> seen_;
  std::deque<std::string> order_;  // oldest first
};

// False for a signature that is not right, or not of an acceptable age; true without a secret.
bool is_acceptable(const CheckedRequest& request);
// What matched, for scripts: "v1", "t1", "thig"; empty if nothing did.
std::string matched_name(const CheckedRequest& request);
// For scripts: "valid", "no_match", "too_old", …; "unverified" without a secret.
std::string verdict_name(const CheckedRequest& request);
// For people: "valid (v1)", "INVALID: …", "not verified".
std::string describe(const CheckedRequest& request);

}  // namespace thig

#include "cli/receiver_check.h"

#include "core/base/json.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t remembered_ids = 10'000;

std::string event_of(const std::string& body) {
  if (!check_json(body)) return {};
  const auto event = json_find(body, "event");
  return event ? json_text(*event).value_or("") : std::string();
}

std::string_view explain(SignatureVerdict verdict) {
  switch (verdict) {
    case SignatureVerdict::valid:
      return "valid";
    case SignatureVerdict::missing_header:
      return "webhook-id, webhook-timestamp or webhook-signature is missing";
    case SignatureVerdict::malformed_header:
      return "its headers are not in the right form";
    case SignatureVerdict::no_match:
      return "no signature matches the secret: another secret, or the body was changed";
    case SignatureVerdict::too_old:
      return "signed rightly, but too long ago";
    case SignatureVerdict::too_new:
      return "signed rightly, but in the future: compare the clocks";
  }
  return "";
}

}  // namespace

ReceiverCheck::ReceiverCheck(const std::optional<std::string>& secret, Millis tolerance)
    : tolerance_(tolerance) {
  if (secret) keys_.push_back(signing_key(*secret));
}

CheckedRequest ReceiverCheck::check(const HttpRequest& request, Time now) {
  CheckedRequest checked;
  checked.id = request.header("webhook-id");
  checked.event = event_of(request.body);
  bool good = true;
  if (!keys_.empty()) {
    const auto verified =
        verify_delivery(keys_, checked.id, request.header("webhook-timestamp"),
                        request.header("webhook-signature"), request.body, now, tolerance_);
    checked.verdict = verified.verdict;
    checked.matched = verified.matched;
    good = verified.verdict == SignatureVerdict::valid;
  }
  // Only who knows the secret may make a later delivery look like a duplicate.
  checked.duplicate = good && !checked.id.empty() && seen_before(checked.id);
  return checked;
}

bool ReceiverCheck::seen_before(const std::string& id) {
  if (!seen_.insert(id).second) return true;
  order_.push_back(id);
  if (order_.size() > remembered_ids) {
    seen_.erase(order_.front());
    order_.pop_front();
  }
  return false;
}

std::string verdict_name(const CheckedRequest& request) {
  if (!request.verdict) return "unverified";
  std::string name(to_text(*request.verdict));
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::string describe(const CheckedRequest& request) {
  if (!request.verdict) return "not verified: no secret given";
  if (*request.verdict == SignatureVerdict::valid)
    return fmt::format("valid ({})", request.matched);
  return fmt::format("INVALID: {}", explain(*request.verdict));
}

}  // namespace thig

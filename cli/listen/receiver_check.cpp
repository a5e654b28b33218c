#include "cli/listen/receiver_check.h"

#include "core/base/json.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace thig {
namespace {

constexpr std::size_t remembered_ids = 10'000;

std::string event_of(const std::string& body) {
  if (!check_json(body)) return {};
  const auto event = json_find(body, "event");
  return event ? json_text(*event).value_or("") : std::string();
}

// The schemes of our own deliveries: both tokens, and the bare value.
const std::vector<const Scheme*>& own_schemes() {
  static const std::vector<const Scheme*> schemes = [] {
    auto all = schemes_named("standard");
    const auto own = schemes_named("thig");
    all.insert(all.end(), own.begin(), own.end());
    return all;
  }();
  return schemes;
}

std::string explain(const Verification& verification) {
  if (!verification.problem.empty()) return verification.problem;
  if (verification.signature != SignatureVerdict::valid) {
    return "no signature matches the secret: it was signed with another secret, or the body was "
           "changed";
  }
  return verification.age == AgeVerdict::too_old
             ? "valid signature, but too old"
             : "valid signature, but in the future: compare the clocks";
}

}  // namespace

ReceiverCheck::ReceiverCheck(const std::optional<std::string>& secret,
                             std::optional<Millis> tolerance, std::vector<const Scheme*> schemes)
    : tolerance_(tolerance), schemes_(schemes.empty() ? own_schemes() : std::move(schemes)) {
  if (secret) keys_.push_back(signing_key(*secret));
}

CheckedRequest ReceiverCheck::check(const HttpRequest& request, Time now, std::string_view url) {
  CheckedRequest checked;
  checked.id = request.header("webhook-id");
  checked.event = event_of(request.body);
  if (!keys_.empty()) {
    const ReceivedMessage message{.headers = request.headers, .body = request.body, .url = url};
    checked.verification = verify(schemes_, keys_, message, {.now = now, .tolerance = tolerance_});
  }
  const bool good = is_acceptable(checked);
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

bool is_acceptable(const CheckedRequest& request) {
  return !request.verification || request.verification->valid();
}

std::string matched_name(const CheckedRequest& request) {
  if (!request.verification || request.verification->scheme == nullptr) return {};
  const Scheme& scheme = *request.verification->scheme;
  return scheme.variant == "bare" ? scheme.name : scheme.variant;
}

std::string verdict_name(const CheckedRequest& request) {
  if (!request.verification) return "unverified";
  const Verification& verification = *request.verification;
  const bool aged = verification.signature == SignatureVerdict::valid && !verification.valid();
  return std::string(aged ? to_text(verification.age) : to_text(verification.signature));
}

std::string describe(const CheckedRequest& request) {
  if (!request.verification) return "not verified";
  if (is_acceptable(request)) return fmt::format("valid ({})", matched_name(request));
  return fmt::format("INVALID: {}", explain(*request.verification));
}

}  // namespace thig

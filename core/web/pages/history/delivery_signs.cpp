#include "core/web/pages/history/delivery_signs.h"

#include "core/web/pages/html/parts.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr int most_dots = 8;

struct Advice {
  std::string_view outcome;  // as matches_outcome takes it
  std::string_view text;
};

// The first that matches.
constexpr Advice advices[] = {
    {"401", "The receiver rejects the signature or requires authentication: check its secret."},
    {"403", "The receiver denies access: check its firewall, allow list and secret."},
    {"404", "The URL was not found: check it with the operator of the receiver."},
    {"410",
     "The receiver says that it is gone permanently: remove the webhook, or change its URL."},
    {"413", "The body is too large for the receiver."},
    {"429", "Rate limited by the receiver: lower the rate of the webhook."},
    {"3xx", "Redirects are not followed: change the URL of the webhook to the target."},
    {"4xx", "The receiver rejects the request: check its log."},
    {"5xx", "The receiver has an error: check its log."},
    {"timeout", "No response in time: the receiver should respond first and process later."},
    {"dns", "The host name cannot be resolved: check it, and the DNS of this machine."},
    {"connect", "Nothing listens there, or a firewall or the egress proxy blocks the connection."},
    {"tls", "The TLS handshake failed: Send Test shows the certificate and what is wrong with it."},
    {"closed",
     "The receiver closed the connection early: check its log, and that of a proxy in front of "
     "it."},
    {"refused", "The address is not allowed: it is private, or the URL is not HTTPS."},
    {"bad_answer", "The response was not HTTP."},
};

std::string_view sign_class(DeliveryState state) {
  switch (state) {
    case DeliveryState::cancelled:
    case DeliveryState::test:
      return "off";
    default:
      return to_text(state);
  }
}

}  // namespace

Html delivery_sign(DeliveryState state) {
  return sign(sign_class(state), to_text(state));
}

Html attempt_sign(const Attempt& attempt) {
  return attempt.ok() ? sign("delivered", "delivered") : sign("failed-s", "failed");
}

Html attempt_dots(const Delivery& delivery) {
  if (delivery.attempts == 0) return html<R"(<span class="zero">none</span>)">();
  const bool ended_well = delivery.last && delivery.last->ok();
  const int failed = delivery.attempts - (ended_well ? 1 : 0);
  if (delivery.attempts > most_dots) return plain(std::to_string(delivery.attempts));
  Html dots;
  for (int i = 0; i < failed; ++i) dots += html<R"(<i class="dead"></i>)">();
  if (ended_well) dots += html<R"(<i class="delivered"></i>)">();
  return html<R"(<span class="dots" role="img" aria-label="{}, {} failed">{}</span>)">(
      counted(delivery.attempts, "attempt", "attempts"), failed, dots);
}

std::string advice_for(const Attempt& attempt) {
  if (attempt.ok()) return {};
  const std::string outcome = outcome_of(attempt);
  const auto found = std::ranges::find_if(
      advices, [&](const Advice& advice) { return matches_outcome(advice.outcome, outcome); });
  return found == std::end(advices) ? std::string() : std::string(found->text);
}

}  // namespace thig::pages

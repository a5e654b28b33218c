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
    {"401", "The receiver refuses the signature or wants a login: check the secret that it has."},
    {"403",
     "The receiver refuses us: a firewall, an allow list, or a secret that it does not know."},
    {"404", "There is nothing at this URL any more: check it with whoever runs the receiver."},
    {"410",
     "The receiver says that it is gone for good: remove the webhook, or give it a new URL."},
    {"413", "The body is too large for the receiver."},
    {"429", "The receiver wants fewer requests: give the webhook a lower rate."},
    {"3xx", "Redirects are not followed: give the webhook the URL that it leads to."},
    {"4xx", "The receiver refuses the request: its own log says why."},
    {"5xx", "The receiver fails: its own log says why."},
    {"timeout", "No answer came in time: the receiver should answer first and work later."},
    {"dns", "The name of the host cannot be looked up: check it, and the DNS of this machine."},
    {"connect", "Nothing listens there, or a firewall is in between."},
    {"tls", "The TLS handshake failed: Send Test shows the certificate and what is wrong with it."},
    {"closed",
     "The receiver closed the connection in the middle: a proxy in front of it may say why."},
    {"refused", "The address is not allowed: it is private, or not HTTPS."},
    {"bad_answer", "What came back was not HTTP."},
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

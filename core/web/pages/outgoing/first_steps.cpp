#include "core/web/pages/outgoing/first_steps.h"

#include "core/rules/access.h"
#include "core/web/pages/html/parts.h"

#include <algorithm>

namespace thig::pages {
namespace {

// How far it has come.
struct Progress {
  bool added = false;
  bool running = false;
  bool tested = false;
  bool emitted = false;
  Link test{"/admin/webhooks"};
};

bool anything_emitted(const WebhookTotals& totals) {
  return totals.pending + totals.dead + totals.missed > 0;
}

Result<bool> test_was_answered(Store& store) {
  DeliveryFilter filter;
  filter.states = {DeliveryState::test};
  filter.limit = 20;
  THIG_TRY_ASSIGN(tests, store.history().deliveries(filter));
  return std::ranges::any_of(
      tests, [](const Delivery& delivery) { return delivery.last && delivery.last->ok(); });
}

Result<Progress> progress_of(Call& call, const Overview& overview) {
  Progress progress;
  progress.added = overview.foremost.has_value();
  if (progress.added) {
    progress.test = Link("/admin/webhooks/outgoing/{}/test", {to_text(*overview.foremost)});
  }
  const Status ready = call.service.check_ready();
  progress.running = ready.has_value() || ready.error().code == ErrorCode::full;
  THIG_TRY_ASSIGN(tested, test_was_answered(call.store));
  progress.tested = tested;
  progress.emitted = anything_emitted(overview.totals);
  return progress;
}

Html step(bool done, std::string_view text, const Html& way) {
  return html<R"(<li>{}{}</li>)">(done ? sign("enabled", text) : sign("pending", text),
                                  done ? html<"<span></span>">() : way);
}

Html button(std::string_view word, const Link& link) {
  return html<R"(<span><a class="btn" href="{}">{}</a></span>)">(link, word);
}

}  // namespace

Result<Html> first_steps(Call& call, const Overview& overview) {
  if (overview.totals.delivered > 0 || !may(call.caller.actor.role, Action::configure)) {
    return Html();
  }
  THIG_TRY_ASSIGN(progress, progress_of(call, overview));
  Html steps = step(progress.added, "Add a webhook: a name, an HTTPS URL, its events",
                    button("Add Webhook", Link("/admin/webhooks/new")));
  steps += step(progress.tested, "Send a test: it shows what is wrong, if anything",
                button("Send Test", progress.test));
  steps += step(progress.running, "Start deliveries", command("systemctl start thig-hooks"));
  steps += step(progress.emitted, "Emit an event, from an application or as a sample",
                button("Emit a sample", Link("/admin/events/new")));
  steps += step(false, "See it delivered: the receiver verified its signature and answered 2xx",
                button("Deliveries", Link("/admin/deliveries")));
  return html<
      R"(<section class="note" id="start"><h2>Steps to the first delivery</h2><ol class="steps">{}</ol></section>)">(
      steps);
}

}  // namespace thig::pages

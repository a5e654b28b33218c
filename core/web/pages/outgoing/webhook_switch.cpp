#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/parts.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/webhook_page.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

// What waits to be sent, in a sentence; nothing if nothing does.
Html waiting_sentence(const EndpointStats& stats, std::string_view fate) {
  if (stats.pending == 0) return {};
  return html<"<p>{} {}.</p>">(counted(stats.pending, "pending delivery", "pending deliveries"),
                               fate);
}

Result<HttpResponse> disable_page(Call& call, const Endpoint& endpoint, std::string_view reason,
                                  const FormErrors& errors) {
  THIG_TRY_ASSIGN(stats, call.store.statistics().stats_of(endpoint.id, std::nullopt));
  Html told = errors.summary("Not disabled");
  told += html<
      "<p>Deliveries to it stop. From then on, its events are recorded as missed, and can be "
      "recovered when it is enabled again.</p>">();
  told += waiting_sentence(stats, "will wait until it is enabled again");
  return question_page(
      call, endpoint,
      {.title = fmt::format("Disable {}?", endpoint.name),
       .told = told,
       .fields = text_field({.name = "reason", .help = "Shown next to its state, and recorded."},
                            reason, errors),
       .button = "Disable",
       .page = "disable",
       .command = webhook_command("disable", endpoint.name),
       .status = errors.status(),
       .danger = true});
}

// What goes with it.
Html loss_of(const EndpointStats& stats) {
  Html rows;
  const auto add = [&](std::string_view what, std::int64_t number, std::string_view fate) {
    rows += html<"<dt>{}</dt><dd>{} <span class=\"dim\">{}</span></dd>">(what, count(number), fate);
  };
  add("Pending", stats.pending, "never sent");
  add("Dead, missed", stats.dead + stats.missed, "can no longer be recovered");
  add("Delivered, cancelled", stats.delivered + stats.cancelled, "deleted from the history");
  add("Attempts", stats.attempts(), "deleted with them");
  return html<R"(<dl class="rows">{}</dl>)">(rows);
}

}  // namespace

Result<HttpResponse> enable_webhook(Call& call) {
  THIG_TRY_ASSIGN(endpoint, webhooks_for(call).enable(call.path.front()));
  return redirect(call, webhook_link(endpoint));
}

Result<HttpResponse> ask_disable_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  return disable_page(call, endpoint, "", {});
}

Result<HttpResponse> disable_webhook(Call& call) {
  const std::string reason = Form(call).text("reason");
  const auto disabled = webhooks_for(call).disable(call.path.front(), reason);
  if (disabled) return redirect(call, webhook_link(*disabled));
  if (!is_for_the_form(disabled.error())) return std::unexpected(disabled.error());
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  FormErrors errors;
  errors.add(disabled.error());
  return disable_page(call, endpoint, reason, errors);
}

Result<HttpResponse> ask_remove_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).check_allowed());
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  THIG_TRY_ASSIGN(stats, call.store.statistics().stats_of(endpoint.id, std::nullopt));
  Html told = html<
      R"(<p>It cannot be restored, and its signing secret is lost. To stop sending temporarily, <a href="{}">disable it</a> instead.</p>)">(
      webhook_link(endpoint, "disable"));
  told += html<R"(<section class="gap"><h2>What is lost</h2>{}</section>)">(loss_of(stats));
  return question_page(call, endpoint,
                       {.title = fmt::format("Remove {}?", endpoint.name),
                        .told = told,
                        .button = "Remove it with its history",
                        .page = "remove",
                        .command = webhook_command("remove", endpoint.name),
                        .danger = true});
}

Result<HttpResponse> remove_webhook(Call& call) {
  THIG_TRY(webhooks_for(call).remove(call.path.front()));
  return redirect(call, Link("/admin/webhooks"));
}

}  // namespace thig::pages

#include "core/rules/access.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/outgoing/recovery_pages.h"
#include "core/web/pages/outgoing/webhook_page.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

constexpr std::string_view usual_span = "24h";

RecoveryTarget target_of(const Endpoint& endpoint) {
  const std::string title = fmt::format("Recover deliveries of {}", endpoint.name);
  return {.webhooks = {to_text(endpoint.id)},
          .title = title,
          .head = webhook_head(endpoint, title),
          .action = webhook_link(endpoint, "recover"),
          .back = webhook_link(endpoint),
          .counts_by_get = true,
          .name = endpoint.name};
}

// Since it failed; or since it was disabled, where it is.
Result<std::string> likely_since(Call& call, const Endpoint& endpoint) {
  THIG_TRY_ASSIGN(stats, call.store.statistics().stats_of(endpoint.id, std::nullopt));
  if (stats.failing_since) return format_rfc3339(*stats.failing_since);
  if (endpoint.state == EndpointState::disabled) return format_rfc3339(endpoint.state_since);
  return std::string(usual_span);
}

}  // namespace

Result<HttpResponse> ask_recover_webhook(Call& call) {
  THIG_TRY(check_access(call.caller.actor, Action::retry));
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  const RecoveryFields fields{.since = call.query.find("since").value_or(""),
                              .until = call.query.find("until").value_or(""),
                              .states = call.query.list("state"),
                              .rate = call.query.find("rate").value_or(""),
                              .backfill = call.query.find("backfill") == "yes"};
  if (!call.query.names().empty()) return count_recovery(call, target_of(endpoint), fields);
  THIG_TRY_ASSIGN(since, likely_since(call, endpoint));
  return ask_recovery(
      call, target_of(endpoint),
      {.since = std::move(since), .until = {}, .states = {"dead", "missed"}, .rate = {}}, {});
}

Result<HttpResponse> recover_webhook(Call& call) {
  THIG_TRY(check_access(call.caller.actor, Action::retry));
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  return do_recovery(call, target_of(endpoint), recovery_fields(Form(call)));
}

}  // namespace thig::pages

#include "core/web/pages/incoming/request_table.h"

#include "core/web/pages/html/parts.h"
#include "core/web/pages/incoming/incoming_words.h"

#include <fmt/format.h>

namespace thig::pages {
namespace {

std::string hook_name(const HookNames& names, IncomingHookId id) {
  const auto found = names.find(id);
  return found == names.end() ? std::string() : found->second;
}

Html webhook_cell(const std::string& name, IncomingHookId id) {
  // One that was removed.
  if (name.empty()) return html<R"(<td class="mid zero">{}</td>)">(to_text(id));
  return html<R"(<td class="mid"><a class="plain" href="{}">{}</a></td>)">(
      Link("/admin/webhooks/incoming/{}", {to_text(id)}), shortened(name, longest_in_column));
}

Html request_row(const IncomingRequest& request, const HookNames& names, Time now, RequestsOf of) {
  const std::string name = hook_name(names, request.hook);
  const bool lists_webhooks = of == RequestsOf::all_webhooks;
  const std::string brief =
      lists_webhooks ? fmt::format("{}, {}", name, describe_relative(request.received_at, now))
                     : describe_relative(request.received_at, now);
  return html<
      R"(<tr><td class="dim mid">{}</td>{}<td>{}</td><th scope="row" class="fill"><a class="name event" href="{}">{}</a><small class="brief cut">{}</small></th><td class="dim wide mono">{}</td><td class="num wide dim">{}</td></tr>)">(
      log_time(request.received_at, now),
      lists_webhooks ? webhook_cell(name, request.hook) : Html(), request_sign(request.state),
      Link("/admin/requests/{}", {to_text(request.id)}), outcome_line(request), brief, request.peer,
      size_text(request.body_size));
}

}  // namespace

Html request_table(std::span<const IncomingRequest> requests, const HookNames& names, Time now,
                   RequestsOf of, std::string_view caption) {
  Html rows;
  for (const IncomingRequest& request : requests) rows += request_row(request, names, now, of);
  Html webhook;
  if (of == RequestsOf::all_webhooks)
    webhook = html<R"(<th scope="col" class="mid">Webhook</th>)">();
  return html<
      R"(<table><caption class="aside-text">{}</caption><thead><tr><th scope="col" class="mid" data-utc>Received, UTC</th>{}<th scope="col">State</th><th scope="col" class="fill">Result</th><th scope="col" class="wide">From</th><th scope="col" class="num wide">Size</th></tr></thead><tbody>{}</tbody></table>)">(
      caption, webhook, rows);
}

}  // namespace thig::pages

#include "core/api/command_wording.h"
#include "core/web/pages/access/pages.h"
#include "core/web/pages/frame/assets.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/frame/pages.h"
#include "core/web/pages/history/pages.h"
#include "core/web/pages/incoming/pages.h"
#include "core/web/pages/outgoing/pages.h"
#include "core/web/pages/pages.h"
#include "core/web/route.h"

namespace thig {
namespace {

using namespace pages;

constexpr std::string_view form = "application/x-www-form-urlencoded";
constexpr std::size_t most_form = 256u << 10;

// By path, then by method. What a page does is in its handler; here is who may look (a session has
// all scopes, and the member's role decides), and which thread answers.
// clang-format off
constexpr Route table[] = {
    {.method = "GET", .path = "/admin", .scope = std::nullopt, .handle = go_to_webhooks},
    {.method = "GET", .path = "/admin/assets/{asset}", .scope = std::nullopt, .handle = show_asset},
    {.method = "GET", .path = "/admin/audit-logs", .scope = Scope::read, .handle = list_changes},
    {.method = "GET", .path = "/admin/audit-logs.csv", .scope = Scope::read, .handle = export_changes},
    {.method = "GET", .path = "/admin/deliveries", .scope = Scope::read, .handle = show_deliveries},
    {.method = "POST", .path = "/admin/deliveries", .scope = Scope::manage, .does = Does::writes, .body = "form", .handle = change_deliveries, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/deliveries/{delivery}", .scope = Scope::read, .handle = show_delivery_page},
    {.method = "POST", .path = "/admin/deliveries/{delivery}/cancel", .scope = Scope::manage, .does = Does::writes, .body = "form", .handle = cancel_delivery_page, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/deliveries/{delivery}/retry", .scope = Scope::manage, .does = Does::writes, .body = "form", .handle = retry_delivery_page, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/events/new", .scope = Scope::read, .handle = ask_emit_sample},
    {.method = "POST", .path = "/admin/events/new", .scope = Scope::emit, .does = Does::writes, .body = "form",
     .handle = emit_sample, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/events/{event}", .scope = Scope::read, .handle = show_event_page},
    {.method = "GET", .path = "/admin/live", .scope = Scope::read, .handle = watch_changes},
    {.method = "GET", .path = "/admin/login", .scope = std::nullopt, .handle = show_login},
    {.method = "POST", .path = "/admin/login", .scope = std::nullopt, .does = Does::writes, .body = "form", .handle = log_in, .body_type = form, .most_body = most_form, .counts_guesses = true},
    {.method = "POST", .path = "/admin/logout", .scope = Scope::read, .does = Does::writes, .body = "form", .handle = log_out, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/members", .scope = Scope::read, .handle = list_members},
    {.method = "GET", .path = "/admin/requests", .scope = Scope::read, .handle = list_requests},
    {.method = "GET", .path = "/admin/requests/{request}", .scope = Scope::read, .handle = show_request},
    {.method = "POST", .path = "/admin/requests/{request}/replay", .scope = Scope::manage, .does = Does::writes, .body = "form", .handle = pages::replay_request, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/session", .scope = Scope::read, .body = "form", .handle = extend_session, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/settings/developer", .scope = Scope::read, .handle = show_developer},
    {.method = "GET", .path = "/admin/settings/developer/keys/new", .scope = Scope::read, .handle = show_add_key},
    {.method = "POST", .path = "/admin/settings/developer/keys/new", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = add_key, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/settings/developer/keys/{key}/disable", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = disable_key, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/settings/developer/keys/{key}/enable", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = enable_key, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/settings/developer/keys/{key}/remove", .scope = Scope::read, .handle = ask_remove_key},
    {.method = "POST", .path = "/admin/settings/developer/keys/{key}/remove", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = remove_key, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/settings/developer/sessions/end", .scope = Scope::read, .handle = ask_end_sessions},
    {.method = "POST", .path = "/admin/settings/developer/sessions/end", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = end_sessions, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/settings/developer/sessions/{session}/end", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = end_session, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/theme", .scope = Scope::read, .body = "form", .handle = choose_theme, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks", .scope = Scope::read, .handle = show_webhooks},
    {.method = "POST", .path = "/admin/webhooks", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = change_webhooks, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/incoming/{webhook}", .scope = Scope::read, .handle = show_incoming_webhook},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/disable", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = disable_incoming_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/incoming/{webhook}/edit", .scope = Scope::read, .handle = show_edit_incoming},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/edit", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = edit_incoming_webhook, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/enable", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = enable_incoming_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/incoming/{webhook}/remove", .scope = Scope::read, .handle = ask_remove_incoming},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/remove", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = remove_incoming_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/incoming/{webhook}/rotate-secret", .scope = Scope::read, .handle = ask_rotate_incoming_secret},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/rotate-secret", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = rotate_incoming_secret, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/incoming/{webhook}/rotate-url", .scope = Scope::read, .handle = ask_rotate_incoming_url},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/rotate-url", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = rotate_incoming_url, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/webhooks/incoming/{webhook}/url", .scope = Scope::secrets, .does = Does::writes, .body = "form",
     .handle = reveal_incoming_url, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/incoming/new", .scope = Scope::read, .handle = show_add_incoming},
    {.method = "POST", .path = "/admin/webhooks/incoming/new", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = add_incoming_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/new", .scope = Scope::read, .handle = show_add_webhook},
    {.method = "POST", .path = "/admin/webhooks/new", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::add_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}", .scope = Scope::read, .handle = show_webhook_page},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/disable", .scope = Scope::read, .handle = ask_disable_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/disable", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::disable_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/edit", .scope = Scope::read, .handle = show_edit_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/edit", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::edit_webhook, .body_type = form, .most_body = most_form},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/enable", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::enable_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/recover", .scope = Scope::read, .handle = ask_recover_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/recover", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::recover_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/remove", .scope = Scope::read, .handle = ask_remove_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/remove", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::remove_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/rotate", .scope = Scope::read, .handle = ask_rotate_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/rotate", .scope = Scope::manage, .does = Does::writes, .body = "form",
     .handle = pages::rotate_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/secret", .scope = Scope::read, .handle = ask_reveal_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/secret", .scope = Scope::secrets, .does = Does::writes, .body = "form",
     .handle = pages::reveal_webhook, .body_type = form, .most_body = most_form},
    {.method = "GET", .path = "/admin/webhooks/outgoing/{webhook}/test", .scope = Scope::read, .handle = ask_test_webhook},
    {.method = "POST", .path = "/admin/webhooks/outgoing/{webhook}/test", .scope = Scope::manage, .does = Does::waits, .body = "form",
     .handle = pages::test_webhook, .body_type = form, .most_body = most_form},
};
// clang-format on

}  // namespace

PageSet page_set() {
  return {.routes = table, .problem = problem_page, .wording = &command_wording()};
}

}  // namespace thig

#include "core/model/event_catalog.h"

#include <algorithm>
#include <iterator>

namespace thig {
namespace {

// By name. Descriptions are those of the product page where it has the type.
// clang-format off
const EventType catalog[] = {
    {"ai.conversation_completed", "AI", "An AI conversation finishes",
     R"({"conversationId":"conv_246","projectId":"proj_123","messages":12})"},
    {"ai.conversation_started", "AI", "An AI chat conversation begins",
     R"({"conversationId":"conv_246","projectId":"proj_123","startedBy":"user_789"})"},
    {"ai.suggestion_accepted", "AI", "A user accepts an AI suggestion",
     R"({"suggestionId":"sug_135","conversationId":"conv_246","acceptedBy":"user_789"})"},
    {"billing.payment_failed", "Billing", "A payment attempt fails",
     R"({"subscriptionId":"sub_864","invoiceId":"in_975","amount":4900,"currency":"USD",)"
     R"("reason":"card_declined"})"},
    {"billing.subscription_cancelled", "Billing", "A subscription is cancelled",
     R"({"subscriptionId":"sub_864","plan":"TEAM","endsAt":"2026-02-15T00:00:00Z"})"},
    {"billing.subscription_created", "Billing", "A new subscription is created",
     R"({"subscriptionId":"sub_864","plan":"TEAM","seats":10,"currency":"USD"})"},
    {"billing.subscription_updated", "Billing", "A subscription plan changes",
     R"({"subscriptionId":"sub_864","previousPlan":"TEAM","plan":"BUSINESS","seats":25})"},
    {"comment.created", "Comment", "A comment is added to a PRD",
     R"({"commentId":"cmt_654","prdId":"prd_456","authorId":"user_789",)"
     R"("text":"Should this be in the first release?"})"},
    {"comment.replied", "Comment", "A reply is added to a comment thread",
     R"({"commentId":"cmt_655","parentId":"cmt_654","prdId":"prd_456","authorId":"user_790",)"
     R"("text":"Yes, agreed with sales"})"},
    {"comment.resolved", "Comment", "A comment thread is resolved",
     R"({"commentId":"cmt_654","prdId":"prd_456","resolvedBy":"user_789"})"},
    {"export.completed", "Export", "An export is ready to download",
     R"({"exportId":"exp_579","prdId":"prd_456","format":"DOCX","bytes":48213})"},
    {"incoming.received", "Incoming", "An incoming webhook accepts a request",
     R"({"incomingId":"in_7h2m4x9c","peer":"192.0.2.7","bytes":512})"},
    {"incoming.rejected", "Incoming", "An incoming webhook turns a request away",
     R"({"incomingId":"in_7h2m4x9c","peer":"192.0.2.7","bytes":512,"reason":"no signature matches"})"},
    {"member.added", "Member", "A member is added to a project",
     R"({"memberId":"user_790","name":"Grace Hopper","projectId":"proj_123",)"
     R"("addedBy":"user_789"})"},
    {"member.joined", "Member", "A member joins a project",
     R"({"memberId":"user_790","name":"Grace Hopper","projectId":"proj_123"})"},
    {"member.removed", "Member", "A member is removed from a project",
     R"({"memberId":"user_790","name":"Grace Hopper","projectId":"proj_123",)"
     R"("removedBy":"user_789"})"},
    {"prd.approved", "PRD", "A PRD is approved via stakeholder review",
     R"({"prdId":"prd_456","projectId":"proj_123","reviewerId":"user_789","version":4})"},
    {"prd.exported", "PRD", "A PRD is exported to any format",
     R"({"prdId":"prd_456","projectId":"proj_123","format":"PDF","exportedBy":"user_789"})"},
    {"prd.generated", "PRD", "A PRD document is generated",
     R"({"prdId":"prd_456","projectId":"proj_123","title":"Mobile App PRD","version":1})"},
    {"prd.rejected", "PRD", "A PRD is rejected via stakeholder review",
     R"({"prdId":"prd_456","projectId":"proj_123","reviewerId":"user_789","version":4,)"
     R"("reason":"Scope is unclear"})"},
    {"prd.updated", "PRD", "A PRD document is edited",
     R"({"prdId":"prd_456","projectId":"proj_123","title":"Mobile App PRD",)"
     R"("changedSections":["Goals","Milestones"]})"},
    {"prd.version_created", "PRD", "A new PRD version or snapshot is saved",
     R"({"prdId":"prd_456","projectId":"proj_123","version":4,"label":"Before review"})"},
    {"project.archived", "Project", "A project is archived",
     R"({"projectId":"proj_123","name":"Mobile App PRD","status":"ARCHIVED"})"},
    {"project.assigned", "Project", "A project is assigned to a team member",
     R"({"projectId":"proj_123","name":"Mobile App PRD","assigneeId":"user_789",)"
     R"("assigneeName":"Ada Lovelace"})"},
    {"project.completed", "Project", "A project is marked complete",
     R"({"projectId":"proj_123","name":"Mobile App PRD","status":"COMPLETED"})"},
    {"project.created", "Project", "A new project is created",
     R"({"projectId":"proj_123","name":"Mobile App PRD","status":"DRAFT"})"},
    {"project.deleted", "Project", "A project is deleted",
     R"({"projectId":"proj_123","name":"Mobile App PRD"})"},
    {"project.note_added", "Project", "An incoming webhook adds a note to a project",
     R"({"projectId":"proj_123","noteId":"note_321",)"
     R"("text":"Customer asks for an offline mode","source":"helpdesk"})"},
    {"project.status_changed", "Project", "A project’s status changes",
     R"({"projectId":"proj_123","name":"Mobile App PRD","previousStatus":"DRAFT",)"
     R"("status":"IN_REVIEW"})"},
    {"project.updated", "Project", "A project’s details change",
     R"({"projectId":"proj_123","name":"Mobile App PRD","changedFields":["name","description"]})"},
    {"team.invitation_accepted", "Team", "An invitation is accepted",
     R"({"invitationId":"inv_987","email":"grace@example.com","memberId":"user_790"})"},
    {"team.invitation_sent", "Team", "An invitation email is sent",
     R"({"invitationId":"inv_987","email":"grace@example.com","role":"MEMBER",)"
     R"("invitedBy":"user_789"})"},
    {"team.member_added", "Team", "A new member joins the organization",
     R"({"memberId":"user_790","name":"Grace Hopper","email":"grace@example.com",)"
     R"("role":"MEMBER"})"},
    {"team.member_removed", "Team", "A member is removed",
     R"({"memberId":"user_790","name":"Grace Hopper","email":"grace@example.com"})"},
    {"team.member_role_changed", "Team", "A member’s role is updated",
     R"({"memberId":"user_790","name":"Grace Hopper","previousRole":"MEMBER","role":"ADMIN"})"},
    {"webhook.created", "Webhook", "A webhook is added",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","url":"https://crm.example.com",)"
     R"("events":["project.*"]})"},
    {"webhook.deleted", "Webhook", "A webhook is removed",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm"})"},
    {"webhook.delivery_exhausted", "Webhook", "A delivery has used up its retries",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","deliveryId":"dlv_01kf0m5v8g00004m7n2p9r",)"
     R"("event":"project.created","attempts":4,"lastOutcome":"timeout"})"},
    {"webhook.disabled", "Webhook", "A webhook is disabled, by a member or after repeated failures",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","disabledBy":"failures",)"
     R"("reason":"10 failed attempts in a row since 2026-01-15T09:30:00Z; last: 503"})"},
    {"webhook.enabled", "Webhook", "A webhook is enabled",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm"})"},
    {"webhook.failing", "Webhook", "A webhook has failed half as often as disables it",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","consecutiveFailures":5,)"
     R"("failingSince":"2026-01-15T09:30:00Z","lastOutcome":"503"})"},
    {"webhook.paused", "Webhook", "A webhook is paused after repeated failures",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","pausedUntil":"2026-01-15T10:30:30Z",)"
     R"("consecutiveFailures":5,"failingSince":"2026-01-15T09:30:00Z","lastOutcome":"503"})"},
    {"webhook.recovered", "Webhook", "A paused webhook answers again",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm"})"},
    {"webhook.secret_rotated", "Webhook", "A webhook gets a new signing secret",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","overlapEndsAt":"2026-01-16T10:30:00Z"})"},
    {"webhook.test", "Webhook", "A member tests a webhook",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm",)"
     R"("message":"This is a test. No action is needed."})"},
    {"webhook.updated", "Webhook", "A webhook’s settings change",
     R"({"webhookId":"wh_0g5z3k8q","name":"crm","changedFields":["url","events"]})"},
};
// clang-format on

bool is_part(std::string_view part) {
  constexpr auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  constexpr auto is_other = [](char c) { return (c >= '0' && c <= '9') || c == '_'; };
  return !part.empty() && is_letter(part.front()) &&
         std::ranges::all_of(part, [&](char c) { return is_letter(c) || is_other(c); });
}

}  // namespace

std::span<const EventType> event_catalog() {
  return catalog;
}

const EventType* find_builtin_event_type(std::string_view name) {
  const auto found = std::ranges::lower_bound(catalog, name, {}, &EventType::name);
  return found != std::end(catalog) && found->name == name ? found : nullptr;
}

bool is_webhook_event(std::string_view type) {
  return type.starts_with("webhook.");
}

bool is_operational_event(std::string_view type) {
  return is_webhook_event(type) || type.starts_with("incoming.");
}

bool is_event_type_name(std::string_view name) {
  if (name.size() > 100 || name.find('.') == name.npos) return false;
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!is_part(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace thig

#include "core/setup/incoming_webhooks.h"

#include "core/api/change_view.h"
#include "core/api/incoming_view.h"
#include "core/api/setup_view.h"
#include "core/api/webhook_query.h"
#include "core/documents/json_members.h"
#include "core/documents/setup_document.h"
#include "core/setup/in_transaction.h"
#include "core/web/bodies.h"
#include "core/web/handlers.h"
#include "core/web/operations.h"
#include "core/web/problem.h"
#include "core/web/revision.h"

#include <algorithm>

namespace thig::web {
namespace {

std::string tag_of(const IncomingHook& hook) {
  return entity_tag(incoming_document(hook));
}

// With the settings and the state that the body asks for.
Result<IncomingHook> changed(Call& call) {
  const std::string& body = call.request.body;
  THIG_TRY_ASSIGN(secret, incoming_change_secret(body));
  std::optional<bool> active;
  IncomingWebhooks webhooks = incoming_webhooks_for(call);
  const auto change = [&](IncomingHook& settings) {
    return read_incoming_change(body, settings, active);
  };
  THIG_TRY_ASSIGN(edited, webhooks.edit(call.path.front(), change, secret));
  if (!active) return std::move(edited.hook);
  return webhooks.set_enabled(to_text(edited.hook.id), *active);
}

// With a URL that was just made, where the caller is to see it once; an empty token: there is none.
Result<HttpResponse> with_url(Call& call, const IncomingHook& hook, std::string_view token,
                              int status, std::optional<Time> old_until, bool rotated) {
  THIG_TRY_ASSIGN(base, public_url_of(call.store.config(), std::nullopt));
  const IncomingDetails details{.hook = hook, .public_url = std::move(base)};
  return document_answer(object_document([&](JsonWriter& json) {
                           write_incoming(json, hook);
                           if (!token.empty()) json.key("url").text(details.url(token));
                           if (rotated) write_time(json, "oldUntil", old_until);
                           write_result(json,
                                        rotated ? ChangeResult::changed : ChangeResult::created);
                         }),
                         status);
}

Result<HttpResponse> switched(Call& call, bool enabled) {
  bool was = enabled;
  THIG_TRY_ASSIGN(hook, in_transaction(call.store.config(), [&]() -> Result<IncomingHook> {
                    THIG_TRY_ASSIGN(
                        before, find_incoming_webhook(call.store.incoming(), call.path.front()));
                    was = before.enabled;
                    return incoming_webhooks_for(call).set_enabled(to_text(before.id), enabled);
                  }));
  return document_answer(incoming_document(hook, changed_if(was != enabled)));
}

Result<HttpResponse> shown(Call& call, const std::optional<Operator>& revealing) {
  THIG_TRY_ASSIGN(hook, find_incoming_webhook(call.store.incoming(), call.path.front()));
  THIG_TRY_ASSIGN(details, read_incoming_webhook(call.store, hook, revealing));
  HttpResponse answer = document_answer(incoming_document(details));
  answer.headers.push_back({"etag", tag_of(hook)});
  return answer;
}

}  // namespace

Result<HttpResponse> list_incoming(Call& call) {
  THIG_TRY_ASSIGN(limit, call.query.number("limit", 1, most_rows, usual_rows));
  THIG_TRY_ASSIGN(all, thig::list_incoming_webhooks(call.store));
  const std::string after = call.query.find("after").value_or("");
  const auto from = std::ranges::upper_bound(
      all, after, {}, [](const IncomingView& view) { return view.hook.name; });
  const std::span<const IncomingView> rest(from, all.end());
  const std::span<const IncomingView> page = rest.first(std::min(limit, rest.size()));
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("webhooks").raw(incoming_list_document(page));
    json.key("total").number(static_cast<std::int64_t>(all.size()));
    write_text_or_null(json, "next", page.size() < rest.size() ? page.back().hook.name : "");
  }));
}

Result<HttpResponse> show_incoming(Call& call) {
  return shown(call, std::nullopt);
}

Result<HttpResponse> reveal_incoming(Call& call) {
  return shown(call, call.by());
}

Result<HttpResponse> add_incoming(Call& call) {
  THIG_TRY_ASSIGN(setup, read_incoming_setup(call.request.body));
  setup.settings.enabled = setup.active.value_or(true);
  THIG_TRY_ASSIGN(added, incoming_webhooks_for(call).add({.settings = std::move(setup.settings),
                                                          .secret = std::move(setup.secret)}));
  THIG_TRY_ASSIGN(answer, with_url(call, added.hook, added.token, 201, std::nullopt, false));
  answer.headers.push_back({"location", call.service.base_path + "/api/admin/incoming-webhooks/" +
                                            to_text(added.hook.id)});
  return answer;
}

Result<HttpResponse> edit_incoming(Call& call) {
  bool outdated = false;
  std::string tag_before;
  THIG_TRY_ASSIGN(hook, in_transaction(call.store.config(), [&]() -> Result<IncomingHook> {
                    THIG_TRY_ASSIGN(
                        before, find_incoming_webhook(call.store.incoming(), call.path.front()));
                    tag_before = tag_of(before);
                    outdated = !meets_if_match(call.request, tag_before);
                    return outdated ? std::move(before) : changed(call);
                  }));
  if (outdated) return changed_meanwhile();
  const std::string tag = tag_of(hook);
  HttpResponse answer = document_answer(incoming_document(hook, changed_if(tag != tag_before)));
  answer.headers.push_back({"etag", tag});
  return answer;
}

Result<HttpResponse> remove_incoming(Call& call) {
  THIG_TRY_ASSIGN(removed, incoming_webhooks_for(call).remove(call.path.front()));
  return document_answer(removed_document(removed.name, to_text(removed.id)));
}

Result<HttpResponse> enable_incoming(Call& call) {
  return switched(call, true);
}

Result<HttpResponse> disable_incoming(Call& call) {
  return switched(call, false);
}

Result<HttpResponse> rotate_incoming(Call& call) {
  THIG_TRY_ASSIGN(draft, read_rotation(call.request.body));
  THIG_TRY_ASSIGN(rotated, incoming_webhooks_for(call).rotate(call.path.front(), draft));
  return with_url(call, rotated.hook, rotated.token, 200, rotated.old_until, true);
}

}  // namespace thig::web

#include "core/setup/webhooks.h"

#include "core/api/change_view.h"
#include "core/api/setup_view.h"
#include "core/api/test_flow.h"
#include "core/api/test_view.h"
#include "core/api/webhook_flow.h"
#include "core/api/webhook_query.h"
#include "core/api/webhook_view.h"
#include "core/base/codec.h"
#include "core/documents/setup_document.h"
#include "core/rules/filter.h"
#include "core/setup/in_transaction.h"
#include "core/web/api_wording.h"
#include "core/web/bodies.h"
#include "core/web/handlers.h"
#include "core/web/operations.h"
#include "core/web/problem.h"
#include "core/web/revision.h"

#include <algorithm>

#include <fmt/format.h>

namespace thig::web {
namespace {

std::string location_of(const Call& call, const Endpoint& endpoint) {
  return call.service.base_path + "/api/admin/webhooks/" + to_text(endpoint.id);
}

struct Wanted {
  WebhookSearch search;
  std::optional<WebhookStatus> status;  // nothing: any
  std::string after;                    // a name
  std::size_t limit = usual_rows;
};

Result<Wanted> wanted(const Query& query) {
  Wanted wanted;
  wanted.search = WebhookSearch(query.find("q").value_or(""), query.find("event").value_or(""));
  if (const auto state = query.find("state")) {
    wanted.status = parse_webhook_status(*state);
    if (!wanted.status) {
      return said_of<Wanted>(
          "state", fail(ErrorCode::usage, "state must be enabled, failing, paused or disabled"));
    }
  }
  wanted.after = query.find("after").value_or("");
  THIG_TRY_ASSIGN(limit, query.number("limit", 1, most_rows, usual_rows));
  wanted.limit = limit;
  return wanted;
}

// What is kept of each webhook to find a page: there may be very many.
struct Named {
  std::string name;
  EndpointId id;
};

bool meets(const Wanted& wanted, const EndpointSummary& endpoint,
           const std::vector<FailingEndpoint>& failing, Time now) {
  if (!wanted.search.finds(endpoint)) return false;
  if (!wanted.status) return true;
  const auto found = std::ranges::lower_bound(failing, endpoint.id, {}, &FailingEndpoint::id);
  const bool fails = found != failing.end() && found->id == endpoint.id;
  return status_of(endpoint.state, fails ? &found->health : nullptr, now) == *wanted.status;
}

std::string tag_of(const Endpoint& endpoint) {
  return entity_tag(webhook_document(endpoint));
}

// With the settings and the state that the body asks for.
Result<Endpoint> changed(Call& call) {
  std::optional<bool> active;
  Webhooks webhooks = webhooks_for(call);
  THIG_TRY_ASSIGN(edited, webhooks.edit(call.path.front(), [&](Endpoint& settings) {
    return read_outgoing_change(call.request.body, settings, active);
  }));
  if (!active) return std::move(edited.endpoint);
  const std::string id = to_text(edited.endpoint.id);
  return *active ? webhooks.enable(id) : webhooks.disable(id, "");
}

// Enabled or disabled by `change`, which is told its id.
template <class Change>
Result<HttpResponse> switched(Call& call, const Change& change) {
  Endpoint before;
  THIG_TRY_ASSIGN(after, in_transaction(call.store.config(), [&]() -> Result<Endpoint> {
                    THIG_TRY_ASSIGN(found, webhook_of(call));
                    before = std::move(found);
                    return change(to_text(before.id));
                  }));
  return document_answer(webhook_document(after, changed_if(before.state != after.state)));
}

// A secret that was just made, where the caller is to see it once.
HttpResponse with_secret(const Endpoint& endpoint, std::string_view secret, int status,
                         std::optional<Time> old_until, bool rotated) {
  return document_answer(object_document([&](JsonWriter& json) {
                           write_webhook(json, endpoint);
                           json.key("secret").text(secret);
                           if (rotated) write_time(json, "oldUntil", old_until);
                           write_result(json,
                                        rotated ? ChangeResult::changed : ChangeResult::created);
                         }),
                         status);
}

}  // namespace

Result<HttpResponse> list_webhooks(Call& call) {
  THIG_TRY_ASSIGN(asked, wanted(call.query));
  std::vector<FailingEndpoint> failing;
  if (asked.status) {
    THIG_TRY_ASSIGN(found, call.store.queue().failing());
    failing = std::move(found);
  }
  std::vector<Named> all;
  THIG_TRY(call.store.config().each_endpoint_summary(
      asked.search.looks_at_events(), [&](EndpointSummary endpoint) {
        if (meets(asked, endpoint, failing, call.now())) {
          all.push_back({.name = std::move(endpoint.name), .id = endpoint.id});
        }
      }));
  std::ranges::sort(all, {}, &Named::name);
  std::vector<EndpointId> page;
  const auto from = std::ranges::upper_bound(all, asked.after, {}, &Named::name);
  for (auto one = from; one != all.end() && page.size() < asked.limit; ++one) {
    page.push_back(one->id);
  }
  const bool more = static_cast<std::size_t>(all.end() - from) > page.size();
  const std::string last = page.empty() ? "" : (from + static_cast<long>(page.size()) - 1)->name;
  THIG_TRY_ASSIGN(views, thig::list_webhooks(call.store, page));
  JsonWriter json;
  json.begin_object().key("webhooks").begin_array();
  for (const WebhookView& view : views) {
    json.begin_object();
    write_webhook(json, view.endpoint);
    write_status(json, view, call.now());
    write_figures(json, view.stats);
    json.end_object();
  }
  json.end_array().key("total").number(static_cast<std::int64_t>(all.size()));
  write_text_or_null(json, "next", more ? last : "");
  return document_answer(json.end_object().take());
}

Result<HttpResponse> show_webhook(Call& call) {
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  THIG_TRY_ASSIGN(details, read_webhook(call.store, std::move(endpoint), call.now(), std::nullopt));
  const std::vector<Secret>* secrets = details.secrets ? &*details.secrets : nullptr;
  HttpResponse answer =
      document_answer(webhook_document(details.view, secrets, SecretParts::hidden, call.now()));
  answer.headers.push_back({"etag", tag_of(details.view.endpoint)});
  return answer;
}

Result<HttpResponse> reveal_webhook(Call& call) {
  THIG_TRY_ASSIGN(endpoint, webhook_of(call));
  THIG_TRY_ASSIGN(details, read_webhook(call.store, std::move(endpoint), call.now(), call.by()));
  return document_answer(
      webhook_document(details.view, &*details.secrets, SecretParts::shown, call.now()));
}

Result<HttpResponse> add_webhook(Call& call) {
  THIG_TRY_ASSIGN(setup, read_outgoing_setup(call.request.body));
  THIG_TRY_ASSIGN(added, webhooks_for(call).add({.settings = std::move(setup.settings),
                                                 .signature = setup.signature,
                                                 .secret = std::move(setup.secret),
                                                 .active = setup.active.value_or(true)}));
  HttpResponse answer = with_secret(added.endpoint, added.secret, 201, std::nullopt, false);
  answer.headers.push_back({"location", location_of(call, added.endpoint)});
  return answer;
}

// What the body leaves out stays as it is. The state changes with the settings, or not at all.
Result<HttpResponse> edit_webhook(Call& call) {
  bool outdated = false;
  std::string tag_before;
  THIG_TRY_ASSIGN(endpoint, in_transaction(call.store.config(), [&]() -> Result<Endpoint> {
                    THIG_TRY_ASSIGN(before, webhook_of(call));
                    tag_before = tag_of(before);
                    outdated = !meets_if_match(call.request, tag_before);
                    return outdated ? std::move(before) : changed(call);
                  }));
  if (outdated) return changed_meanwhile();
  const std::string tag = tag_of(endpoint);
  HttpResponse answer = document_answer(webhook_document(endpoint, changed_if(tag != tag_before)));
  answer.headers.push_back({"etag", tag});
  return answer;
}

Result<HttpResponse> remove_webhook(Call& call) {
  THIG_TRY_ASSIGN(removed, webhooks_for(call).remove(call.path.front()));
  return document_answer(removed_document(removed.name, to_text(removed.id)));
}

Result<HttpResponse> enable_webhook(Call& call) {
  return switched(call, [&](const std::string& id) { return webhooks_for(call).enable(id); });
}

Result<HttpResponse> disable_webhook(Call& call) {
  THIG_TRY_ASSIGN(reason, read_reason(call.request.body));
  return switched(call,
                  [&](const std::string& id) { return webhooks_for(call).disable(id, reason); });
}

Result<HttpResponse> test_webhook(Call& call) {
  THIG_TRY_ASSIGN(sample, read_sample(call.request.body));
  THIG_TRY_ASSIGN(test, begin_webhook_test(call.store, call.caller.actor, call.path.front(), sample,
                                           call.now()));
  THIG_TRY_ASSIGN(report, call.service.send_test(std::move(test), call.store));
  return document_answer(test_document(report, api_wording()));
}

Result<HttpResponse> rotate_webhook(Call& call) {
  THIG_TRY_ASSIGN(draft, read_rotation(call.request.body));
  THIG_TRY_ASSIGN(rotated, webhooks_for(call).rotate(call.path.front(), draft));
  return with_secret(rotated.endpoint, rotated.secret, 200, rotated.old_until, true);
}

}  // namespace thig::web

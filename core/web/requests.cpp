#include "core/incoming/requests.h"

#include "core/api/incoming_view.h"
#include "core/api/request_query.h"
#include "core/documents/json_members.h"
#include "core/web/api_wording.h"
#include "core/web/handlers.h"
#include "core/web/problem.h"

namespace thig::web {
namespace {

// Empty for a webhook that is gone.
Result<std::string> name_of(Call& call, IncomingHookId id) {
  THIG_TRY_ASSIGN(hook, call.store.incoming().find_by_id(id));
  return hook ? hook->name : std::string();
}

}  // namespace

Result<HttpResponse> list_requests(Call& call) {
  const Query& query = call.query;
  THIG_TRY_ASSIGN(limit, query.number("limit", 1, most_rows, usual_rows));
  THIG_TRY_ASSIGN(found, find_requests(call.store,
                                       {.webhook = query.find("webhook").value_or(""),
                                        .state = query.find("state").value_or(""),
                                        .before = query.find("after").value_or(""),
                                        .since = query.find("since"),
                                        .until = query.find("until"),
                                        .limit = limit},
                                       call.now(), api_wording()));
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("requests").raw(requests_document(found.requests, found.names));
    write_text_or_null(json, "next", found.more ? to_text(found.requests.back().id) : "");
  }));
}

Result<HttpResponse> show_request(Call& call) {
  THIG_TRY_ASSIGN(id, read_request_id(call.path.front()));
  THIG_TRY_ASSIGN(request, call.store.requests().one(id));
  THIG_TRY_ASSIGN(name, name_of(call, request.hook));
  return document_answer(request_document(request, name));
}

Result<HttpResponse> replay_request(Call& call) {
  THIG_TRY_ASSIGN(id, read_request_id(call.path.front()));
  THIG_TRY(thig::replay_request(call.store.requests(), call.caller.actor, id));
  THIG_TRY_ASSIGN(request, call.store.requests().one(id));
  return document_answer(replayed_document(request), 202);
}

}  // namespace thig::web

#include "core/setup/api_keys.h"

#include "core/api/api_key_view.h"
#include "core/api/change_view.h"
#include "core/api/setup_view.h"
#include "core/documents/json_members.h"
#include "core/setup/in_transaction.h"
#include "core/web/bodies.h"
#include "core/web/handlers.h"
#include "core/web/operations.h"
#include "core/web/problem.h"
#include "core/web/revision.h"

namespace thig::web {
namespace {

// Of what can be set alone: each request changes the figures.
std::string tag_of(const ApiKey& key) {
  return entity_tag(api_key_json(key));
}

HttpResponse key_answer(Call& call, const ApiKey& key) {
  HttpResponse answer = document_answer(api_key_document(key, call.now()));
  answer.headers.push_back({"etag", tag_of(key)});
  return answer;
}

void apply(const KeyChange& change, ApiKey& key) {
  if (change.name) key.name = *change.name;
  if (change.scopes) key.scopes = *change.scopes;
  if (change.rate) key.rate = *change.rate;
  if (change.ends) key.expires_at = change.expires_at;
}

}  // namespace

Result<HttpResponse> list_keys(Call& call) {
  THIG_TRY_ASSIGN(all, keys_for(call).list());
  return document_answer(object_document([&](JsonWriter& json) {
    json.key("keys").raw(api_keys_document(all, call.now()));
    json.key("total").number(static_cast<std::int64_t>(all.size()));
  }));
}

Result<HttpResponse> show_key(Call& call) {
  THIG_TRY_ASSIGN(key, keys_for(call).find(call.path.front()));
  return key_answer(call, key);
}

Result<HttpResponse> add_key(Call& call) {
  THIG_TRY_ASSIGN(draft, read_key_draft(call.request.body));
  THIG_TRY_ASSIGN(added, keys_for(call).add(draft));
  HttpResponse answer = document_answer(object_document([&](JsonWriter& json) {
                                          write_api_key(json, added.key, call.now());
                                          json.key("key").text(added.text);
                                          write_result(json, ChangeResult::created);
                                        }),
                                        201);
  answer.headers.push_back(
      {"location", call.service.base_path + "/api/admin/rest-api-keys/" + to_text(added.key.id)});
  return answer;
}

// What the body leaves out stays as it is. The state changes with the settings, or not at all.
Result<HttpResponse> edit_key(Call& call) {
  THIG_TRY_ASSIGN(change, read_key_change(call.request.body));
  bool outdated = false;
  THIG_TRY_ASSIGN(key, in_transaction(call.store.config(), [&]() -> Result<ApiKey> {
                    ApiKeys keys = keys_for(call);
                    THIG_TRY_ASSIGN(before, keys.find(call.path.front()));
                    outdated = !meets_if_match(call.request, tag_of(before));
                    if (outdated) return before;
                    const std::string id = to_text(before.id);
                    THIG_TRY_ASSIGN(edited, keys.edit(id, [&](ApiKey& settings) -> Status {
                      apply(change, settings);
                      return {};
                    }));
                    if (!change.enabled) return std::move(edited.key);
                    return keys.set_enabled(id, *change.enabled);
                  }));
  if (outdated) return changed_meanwhile();
  return key_answer(call, key);
}

Result<HttpResponse> remove_key(Call& call) {
  THIG_TRY_ASSIGN(removed, keys_for(call).remove(call.path.front()));
  return document_answer(removed_document(removed.name, to_text(removed.id)));
}

}  // namespace thig::web

#include "core/api/api_key_view.h"

#include "core/api/change_view.h"
#include "core/documents/json_members.h"

namespace thig {

std::string_view state_of(const ApiKey& key, Time now) {
  switch (fault_of(key, now)) {
    case KeyFault::none:
      return "enabled";
    case KeyFault::disabled:
      return "disabled";
    case KeyFault::expired:
      return "expired";
  }
  return "";
}

void write_api_key(JsonWriter& json, const ApiKey& key, Time now) {
  json.key("id").text(to_text(key.id)).key("name").text(key.name);
  json.key("prefix").text(key.prefix).key("member").text(key.member);
  write_texts(json, "scopes", key.scopes.names());
  json.key("rate").number(std::int64_t{key.rate}).key("state").text(state_of(key, now));
  write_time(json, "createdAt", key.created_at);
  write_time(json, "expiresAt", key.expires_at);
  write_time(json, "lastUsedAt", key.last_used_at);
  json.key("requests").number(key.requests);
}

std::string api_key_document(const ApiKey& key, Time now) {
  return object_document([&](JsonWriter& json) { write_api_key(json, key, now); });
}

std::string api_key_document(const ApiKey& key, Time now, ChangeResult result) {
  return object_document([&](JsonWriter& json) {
    write_api_key(json, key, now);
    write_result(json, result);
  });
}

std::string api_keys_document(std::span<const ApiKey> keys, Time now) {
  return list_document(
      keys, [now](JsonWriter& json, const ApiKey& key) { write_api_key(json, key, now); });
}

}  // namespace thig

#include "core/api/session_view.h"

#include "core/documents/json_members.h"

#include <fmt/format.h>

namespace thig {

void write_session(JsonWriter& json, const Session& session) {
  json.key("id").text(to_text(session.id)).key("member").text(session.member);
  json.key("client").text(session.client);
  write_time(json, "createdAt", session.created_at);
  write_time(json, "expiresAt", session.expires_at);
  write_time(json, "lastUsedAt", session.last_used_at);
}

std::string sessions_document(std::span<const Session> sessions) {
  return list_document(sessions, write_session);
}

std::string login_url(std::string_view public_url, std::string_view code) {
  return fmt::format("{}/admin/login#{}", public_url, code);
}

std::string login_link_document(const std::string& url, const LoginCode& code) {
  return object_document([&](JsonWriter& json) {
    json.key("url").text(url).key("member").text(code.member);
    write_time(json, "expiresAt", code.expires_at);
  });
}

}  // namespace thig

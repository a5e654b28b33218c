// Sessions of the page as documents, and the link that begins one; never what opens a session.
#pragma once

#include "core/base/json.h"
#include "core/model/session.h"

#include <span>
#include <string>
#include <string_view>

namespace thig {

// The members of an object, without its braces.
void write_session(JsonWriter& json, const Session& session);
std::string sessions_document(std::span<const Session> sessions);

// "https://hooks.example.com/admin/login#…": behind the "#" the code is in no log and no Referer.
std::string login_url(std::string_view public_url, std::string_view code);
// Where `serve-admin` is reached if nobody says otherwise.
inline constexpr std::string_view default_admin_url = "http://127.0.0.1:8081";
std::string login_link_document(const std::string& url, const LoginCode& code);

}  // namespace thig

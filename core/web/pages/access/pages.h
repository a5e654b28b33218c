// What answers the pages of who comes in: login, keys, sessions, members (page_routes.cpp).
#pragma once

#include "core/base/error.h"
#include "core/net/http_server.h"
#include "core/web/call.h"

namespace thig::pages {

// login.cpp
Result<HttpResponse> show_login(Call& call);
Result<HttpResponse> log_in(Call& call);
Result<HttpResponse> log_out(Call& call);
Result<HttpResponse> extend_session(Call& call);

// member_list.cpp
Result<HttpResponse> list_members(Call& call);

// developer.cpp, api_key_pages.cpp
Result<HttpResponse> show_developer(Call& call);
Result<HttpResponse> show_add_key(Call& call);
Result<HttpResponse> add_key(Call& call);
Result<HttpResponse> enable_key(Call& call);
Result<HttpResponse> disable_key(Call& call);
Result<HttpResponse> ask_remove_key(Call& call);
Result<HttpResponse> remove_key(Call& call);

// session_pages.cpp
Result<HttpResponse> end_session(Call& call);
Result<HttpResponse> ask_end_sessions(Call& call);
Result<HttpResponse> end_sessions(Call& call);

}  // namespace thig::pages

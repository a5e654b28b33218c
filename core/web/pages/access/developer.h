// What the pages for developers have in common: API keys, and how programs use the HTTP API.
#pragma once

#include "core/base/error.h"
#include "core/model/api_key.h"
#include "core/web/operations.h"
#include "core/web/pages/frame/question.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>

namespace thig::pages {

// "Developer", and the title with what stands beside it.
Html developer_head(std::string_view title, const Html& beside = {});
// `action`: where the form goes.
HttpResponse developer_question(Call& call, Question question, const Link& action);

// Who is signed in where (session_pages.cpp).
Result<Html> session_section(Call& call);

// How the API is reached from where the page is read: "https://hooks.example.com/hooks".
std::string api_base(const Call& call);

// From nothing to a first event, step by step. `key`: what the first step sets the variable to.
Html first_event_steps(const Call& call, std::string_view key, bool may_emit, bool may_read);

}  // namespace thig::pages

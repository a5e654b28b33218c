// What every page has around it: the head with the ways to other pages, who is signed in, what is
// wrong, and the command that shows the same in a shell.
#pragma once

#include "core/model/stats.h"
#include "core/net/http_server.h"
#include "core/web/call.h"
#include "core/web/page_set.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>

namespace thig::pages {

// What the main navigation marks as the current one.
enum class Section { none, webhooks, deliveries, requests, audit, developer };

struct Page {
  std::string title;
  Section section = Section::none;
  Html content{};         // of <main>
  std::string command{};  // that shows the same in a shell; empty: none does
  int status = 200;
  const WebhookTotals* totals = nullptr;  // where the page has read them; else the frame does
  bool changes_by_itself = true;          // is swapped when something has changed; not a form
};

// The page in its frame, with the strip that says what is wrong.
HttpResponse page_answer(Call& call, const Page& page);
// What the script shows shortly before the session ends, with how long that is from now; nothing
// without a session.
Html session_end(const Caller& caller);

// A page for whoever is not signed in.
HttpResponse bare_answer(const HttpRequest& request, std::string_view base, std::string_view title,
                         const Html& content, int status = 200);

// 303: after something was done.
HttpResponse redirect(std::string_view base, const Link& link);
inline HttpResponse redirect(const Call& call, const Link& link) {
  return redirect(call.service.base_path, link);
}

// PageSet::problem.
HttpResponse problem_page(const Problem& problem, const HttpRequest& request, const Caller& caller,
                          std::string_view base);

// Where to go after signing in: the path and query that were asked for, if these are a page's.
Link local_link(std::string_view target);

}  // namespace thig::pages

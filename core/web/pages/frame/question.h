// A page that asks before something is done.
#pragma once

#include "core/web/call.h"
#include "core/web/pages/frame/frame.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>

namespace thig::pages {

struct Question {
  std::string title;        // "Disable crm?"
  Html told{};              // what it means
  Html fields{};            // of its form
  std::string_view button;  // "Disable"
  std::string_view page{};  // where the form goes, below the page of what it is about: "disable"
  std::string command{};
  Section section = Section::webhooks;
  int status = 200;
  bool danger = false;
};
// `head`: with the title; `action`: where the form goes; `back`: where nothing is done.
HttpResponse question_page(Call& call, const Question& question, const Html& head,
                           const Link& action, const Link& back);

}  // namespace thig::pages

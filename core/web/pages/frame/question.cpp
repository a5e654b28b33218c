#include "core/web/pages/frame/question.h"

#include "core/web/pages/html/form.h"

namespace thig::pages {

HttpResponse question_page(Call& call, const Question& question, const Html& head,
                           const Link& action, const Link& back) {
  Html content = head;
  content += html<R"(<form class="thin" method="post" action="{}">{}{}{}</form>)">(
      action, question.told, question.fields, form_end(question.button, back, question.danger));
  return page_answer(call, {.title = question.title,
                            .section = question.section,
                            .content = content,
                            .command = question.command,
                            .status = question.status,
                            .changes_by_itself = false});
}

}  // namespace thig::pages

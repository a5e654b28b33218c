#include "core/web/pages/incoming_list.h"

#include "core/web/pages/frame.h"

namespace thig::pages {

Result<HttpResponse> show_incoming_webhooks(Call& call) {
  return page_answer(call, {.title = "Incoming webhooks", .section = Section::webhooks});
}

}  // namespace thig::pages

// Sending again what died or was missed, of one webhook or of several: asked for, counted, done.
#pragma once

#include "core/web/call.h"
#include "core/web/pages/html/form.h"
#include "core/web/pages/html/html.h"

#include <string>
#include <string_view>
#include <vector>

namespace thig::pages {

// As it is written in the fields.
struct RecoveryFields {
  std::string since;
  std::string until;
  std::vector<std::string> states;
  std::string rate;
  bool backfill = false;  // of one webhook: also events that it has no delivery of
  std::string done{};     // by requests before this one
};
RecoveryFields recovery_fields(const Form& form);

struct RecoveryTarget {
  std::vector<std::string> webhooks;  // by id
  std::string title;                  // "Recover deliveries of crm"
  Html head;                          // with the title
  Link action;                        // where the forms go
  Html hidden{};                      // what else they send
  Link back;
  bool counts_by_get = false;  // so that the count has a URL
  std::string name{};          // of the webhook, for the command; of several: none does it
};

// `wrong`: what is wrong with the fields.
HttpResponse ask_recovery(Call& call, const RecoveryTarget& target, const RecoveryFields& fields,
                          const FormErrors& wrong);
// How much there is, and how long it takes. Changes nothing. With errors it asks again.
Result<HttpResponse> count_recovery(Call& call, const RecoveryTarget& target,
                                    const RecoveryFields& fields);
// Does it for as long as a request may take; what is left then, a button goes on with.
Result<HttpResponse> do_recovery(Call& call, const RecoveryTarget& target,
                                 const RecoveryFields& fields);

}  // namespace thig::pages

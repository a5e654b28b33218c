#include "core/incoming/requests.h"

#include "core/rules/access.h"
#include "core/setup/audit.h"

namespace thig {

Result<IncomingRequest> reveal_request(Store& store, const Member& actor, RequestId id, Time now) {
  THIG_TRY(check_access(actor, Action::reveal_secret));
  IncomingRequest request;
  THIG_TRY(change_noted(store, actor, now,
                        {.action = "request.reveal", .subject = to_text(id), .difference = {}},
                        [&]() -> Status {
                          THIG_TRY_ASSIGN(opened, store.unmasked_request(id));
                          request = std::move(opened);
                          return {};
                        }));
  return request;
}

Status replay_request(Store& store, const Member& actor, RequestId id, Time now) {
  THIG_TRY(check_access(actor, Action::retry));
  return store.requeue_request(id, now);
}

}  // namespace thig

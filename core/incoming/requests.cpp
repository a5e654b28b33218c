#include "core/incoming/requests.h"

#include "core/rules/access.h"
#include "core/setup/audit.h"

namespace thig {

Result<IncomingRequest> reveal_request(ConfigStore& config, IncomingRequestStore& requests,
                                       const Member& actor, RequestId id, Time now) {
  THIG_TRY(check_access(actor, Action::reveal_secret));
  IncomingRequest request;
  THIG_TRY(change_noted(config, actor, now,
                        {.action = "request.reveal", .subject = to_text(id), .difference = {}},
                        [&]() -> Status {
                          THIG_TRY_ASSIGN(opened, requests.unmasked(id));
                          request = std::move(opened);
                          return {};
                        }));
  return request;
}

Status replay_request(IncomingRequestStore& requests, const Member& actor, RequestId id) {
  THIG_TRY(check_access(actor, Action::replay));
  return requests.requeue(id);
}

}  // namespace thig

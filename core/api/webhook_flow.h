// What is done with a webhook of either kind: they share their names, and whoever names one need
// not know which it is.
#pragma once

#include "core/api/operator.h"
#include "core/base/error.h"
#include "core/model/change_result.h"
#include "core/setup/incoming_webhooks.h"
#include "core/store/store.h"

#include <string>
#include <string_view>

namespace thig {

const std::string& name_of(const AnyWebhook& webhook);
std::string id_of(const AnyWebhook& webhook);
// As after a change of it.
std::string webhook_document(const AnyWebhook& webhook, ChangeResult result);

// Rights, rules, events and the trail of changes as of Webhooks and IncomingWebhooks.
struct SwitchedWebhook {
  AnyWebhook webhook;  // as it is now
  ChangeResult result = ChangeResult::unchanged;
};
Result<SwitchedWebhook> enable_webhook(Store& store, const Operator& by,
                                       std::string_view name_or_id);
// An incoming webhook keeps no reason.
Result<SwitchedWebhook> disable_webhook(Store& store, const Operator& by,
                                        std::string_view name_or_id, std::string_view reason);
// Whether the actor may remove any, before it is asked which. By its id: the name may have gone to
// another webhook since it was found.
Status check_may_remove(Store& store, const Operator& by);
Status remove_webhook(Store& store, const Operator& by, const AnyWebhook& found);

}  // namespace thig

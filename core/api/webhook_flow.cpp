#include "core/api/webhook_flow.h"

#include "core/api/incoming_view.h"
#include "core/api/webhook_view.h"

#include <utility>
#include <variant>

namespace thig {
namespace {

Webhooks outgoing_of(Store& store, const Operator& by) {
  return {store.config(), by.clock, by.random, by.actor};
}

IncomingWebhooks incoming_of(Store& store, const Operator& by) {
  return {store.config(), store.incoming(), by.clock, by.random, by.actor};
}

// `change` is what is done with an outgoing one.
template <class Change>
Result<SwitchedWebhook> switch_webhook(Store& store, const Operator& by,
                                       std::string_view name_or_id, bool enabled,
                                       const Change& change) {
  THIG_TRY_ASSIGN(found, find_any_webhook(store.config(), store.incoming(), name_or_id));
  if (const auto* hook = std::get_if<IncomingHook>(&found)) {
    THIG_TRY_ASSIGN(now, incoming_of(store, by).set_enabled(to_text(hook->id), enabled));
    return SwitchedWebhook{.webhook = std::move(now),
                           .result = changed_if(hook->enabled != enabled)};
  }
  const std::int64_t before = std::get<Endpoint>(found).epoch;
  THIG_TRY_ASSIGN(now, change(outgoing_of(store, by)));
  const bool changed = now.epoch != before;
  return SwitchedWebhook{.webhook = std::move(now), .result = changed_if(changed)};
}

}  // namespace

const std::string& name_of(const AnyWebhook& webhook) {
  return std::visit([](const auto& one) -> const std::string& { return one.name; }, webhook);
}

std::string id_of(const AnyWebhook& webhook) {
  return std::visit([](const auto& one) { return to_text(one.id); }, webhook);
}

std::string webhook_document(const AnyWebhook& webhook, ChangeResult result) {
  const auto* hook = std::get_if<IncomingHook>(&webhook);
  return hook ? incoming_document(*hook, result)
              : webhook_document(std::get<Endpoint>(webhook), result);
}

Result<SwitchedWebhook> enable_webhook(Store& store, const Operator& by,
                                       std::string_view name_or_id) {
  return switch_webhook(store, by, name_or_id, true,
                        [&](Webhooks webhooks) { return webhooks.enable(name_or_id); });
}

Result<SwitchedWebhook> disable_webhook(Store& store, const Operator& by,
                                        std::string_view name_or_id, std::string_view reason) {
  return switch_webhook(store, by, name_or_id, false,
                        [&](Webhooks webhooks) { return webhooks.disable(name_or_id, reason); });
}

Status check_may_remove(Store& store, const Operator& by) {
  return outgoing_of(store, by).check_allowed();
}

Status remove_webhook(Store& store, const Operator& by, const AnyWebhook& found) {
  if (std::holds_alternative<Endpoint>(found)) {
    THIG_TRY(outgoing_of(store, by).remove(id_of(found)));
  } else {
    THIG_TRY(incoming_of(store, by).remove(id_of(found)));
  }
  return {};
}

}  // namespace thig

#include "core/documents/change_json.h"

#include "core/base/json.h"
#include "core/documents/json_difference.h"
#include "core/documents/settings_json.h"

#include <utility>

namespace thig {

std::string state_json(EndpointState state, std::string_view reason) {
  JsonWriter json;
  json.begin_object().key("state").text(to_text(state));
  write_text_or_null(json, "reason", reason);
  return json.end_object().take();
}

AuditEntry disabled_by_deliveries(std::string_view reason) {
  JsonDifference change = json_difference(state_json(EndpointState::enabled, ""),
                                          state_json(EndpointState::disabled, reason));
  return {.action = std::string(webhook_disable),
          .before = std::move(change.before),
          .after = std::move(change.after)};
}

std::string one_member(std::string_view name, std::string_view value) {
  JsonWriter json;
  json.begin_object().key(name).text(value).end_object();
  return json.take();
}

}  // namespace thig

#include "core/engine/audit.h"

#include "core/base/json.h"
#include "core/rules/settings_json.h"

namespace thig {

Status change_noted(ConfigStore& config, const Member& actor, Time at, const ChangeNote& note,
                    const std::function<Status()>& change) {
  return config.together([&]() -> Status {
    THIG_TRY(change());
    return config.record_audit({.at = at,
                                .actor = actor,
                                .action = std::string(note.action),
                                .subject = std::string(note.subject),
                                .before = note.difference.before,
                                .after = note.difference.after});
  });
}

Result<Router*> NotedChanges::router() {
  if (given_router_) return given_router_;
  THIG_TRY_ASSIGN(loaded, Router::load(config_));
  own_router_ = std::move(loaded);
  return &own_router_;
}

Status NotedChanges::noted(std::string_view action, std::string_view subject,
                           JsonDifference difference, Time now,
                           const std::function<Status()>& change) {
  return change_noted(config_, actor_, now,
                      {.action = action, .subject = subject, .difference = std::move(difference)},
                      change);
}

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

#include "core/setup/audit.h"

#include "core/documents/change_json.h"
#include "core/rules/secret.h"

namespace thig {

Status change_noted(ConfigStore& config, const Member& actor, Time at, const ChangeNote& note,
                    const std::function<Status()>& change) {
  return config.in_transaction([&]() -> Status {
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

JsonDifference secret_difference(std::span<const Secret> live, std::string_view fresh) {
  const std::string old = live.empty() ? "" : masked_secret(live.front().text);
  return {one_member("secret", old), one_member("secret", masked_secret(fresh))};
}

}  // namespace thig

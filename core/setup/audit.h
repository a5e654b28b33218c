// Changing the configuration and noting it in the trail of changes, as one.
#pragma once

#include "core/base/error.h"
#include "core/dispatch/router.h"
#include "core/documents/json_difference.h"
#include "core/model/audit.h"
#include "core/model/endpoint.h"
#include "core/store/config_store.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace thig {

// What the trail says of a change; `actor` and `at` as of AuditEntry.
struct ChangeNote {
  std::string_view action;   // "webhook.edit"
  std::string_view subject;  // the name before the change
  JsonDifference difference;
};

// Makes the change and notes it in one transaction.
Status change_noted(ConfigStore& config, const Member& actor, Time at, const ChangeNote& note,
                    const std::function<Status()>& change);

// What setting up webhooks of either kind has in common: who does it, who hears of it, and that it
// is noted.
class NotedChanges {
 public:
  // `router` decides who hears of the changes, where several are made at once; without it, whoever
  // is there at each.
  NotedChanges(ConfigStore& config, Member actor, Router* router)
      : config_(config), actor_(std::move(actor)), given_router_(router) {}

  const Member& actor() const { return actor_; }
  Result<Router*> router();
  // As change_noted.
  Status noted(std::string_view action, std::string_view subject, JsonDifference difference,
               Time now, const std::function<Status()>& change);

 private:
  ConfigStore& config_;
  Member actor_;
  Router* given_router_;
  Router own_router_;
};

// The secrets before and after, masked: `live` are those before, the current one first.
JsonDifference secret_difference(std::span<const Secret> live, std::string_view fresh);

}  // namespace thig

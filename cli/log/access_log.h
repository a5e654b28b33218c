// What `serve-incoming` writes while it serves: a line for each answer and each action that ended.
#pragma once

#include "cli/log/serving_log.h"
#include "core/incoming/service.h"

namespace thig {

class AccessLog final : public ServingLog, public ServiceObserver {
 public:
  using ServingLog::ServingLog;

  void answered(const Access& access) override;
  void ignored_forwarded_for(const std::string& peer) override;
  void ended(const IncomingHook& hook, const IncomingRequest& request,
             const ActionOutcome& outcome) override;
  void stuck(const Error& error) override;
};

}  // namespace thig

// What `serve-admin` writes while it serves: a line for each answer.
#pragma once

#include "cli/log/serving_log.h"
#include "core/web/service.h"

namespace thig {

class AdminLog final : public ServingLog, public AdminObserver {
 public:
  using ServingLog::ServingLog;

  void answered(const AdminAccess& access) override;
  void refused(const std::string& client, std::string_view what, const std::string& why) override;
  void failed(const Error& error) override;
};

}  // namespace thig

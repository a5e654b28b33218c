// What `serve-incoming` writes while it serves: a line for each answer and each action that ended.
#pragma once

#include "cli/context.h"
#include "core/incoming/service.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace thig {

// Called by the service's threads, one at a time in here.
class AccessLog final : public ServiceObserver {
 public:
  explicit AccessLog(Context& context) : context_(context) {}

  void answered(const Access& access) override;
  void ended(const IncomingHook& hook, const IncomingRequest& request,
             const ActionOutcome& outcome) override;
  void stuck(const Error& error) override;
  // On standard error.
  void say(const std::string& text);

  // Called when nobody can be told any more: the reader has gone, or the disk is full.
  std::function<void()> stop_with;
  const std::optional<Error>& write_error() const { return write_error_; }
  std::uint64_t requests() const { return requests_; }

 private:
  void write(const std::string& line);

  Context& context_;
  std::mutex mutex_;
  std::uint64_t requests_ = 0;
  std::optional<Error> write_error_;
};

}  // namespace thig

// What `serve-incoming` writes while it serves: a line for each answer and each action that ended.
#pragma once

#include "cli/app/context.h"
#include "core/incoming/service.h"

#include <mutex>
#include <string>

namespace thig {

// Called by the service's threads, one at a time in here. Written in the background
// (cli/log/background_log.h): no thread of the service waits for whoever reads it.
class AccessLog final : public ServiceObserver {
 public:
  explicit AccessLog(Context& context) : context_(context) {}

  void answered(const Access& access) override;
  void ended(const IncomingHook& hook, const IncomingRequest& request,
             const ActionOutcome& outcome) override;
  void stuck(const Error& error) override;
  // On standard error.
  void say(const std::string& text);
  void warn(const std::string& text);

  // Warns of a log that cannot be written. To be called now and then.
  void mind();
  std::uint64_t requests() const { return requests_; }

 private:
  void write(const std::string& line);

  Context& context_;
  std::mutex mutex_;
  std::uint64_t requests_ = 0;
};

}  // namespace thig

// systemd, or whoever else reads the socket named by NOTIFY_SOCKET (sd_notify(3)).
#pragma once

#include "cli/app/supervisor.h"
#include "cli/config/paths.h"
#include "core/base/clock.h"
#include "core/base/file_descriptor.h"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

class ServiceManager final : public Supervisor {
 public:
  // NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Without a socket, or with one that has no valid
  // name, nobody is told anything.
  ServiceManager(const Environment& environment, const Clock& clock);

  void ready() override;
  void reloading() override;
  void stopping() override;
  void beat() override;
  // A third of the watchdog's interval: with what a loop takes to come round, beats are never more
  // than half of it apart.
  std::optional<Millis> beat_every() const override { return beat_every_; }

 private:
  enum class Patience { none, some };
  bool send(std::string_view message, Patience patience);

  const Clock& clock_;
  std::string address_;    // as in sockaddr_un: an abstract one begins with a zero byte
  FileDescriptor socket_;  // kept, so that a beat does not fail where descriptors run out
  std::optional<Millis> beat_every_;
  std::mutex mutex_;
  std::optional<Millis> beaten_;  // on the steady clock
  bool stopping_ = false;
};

}  // namespace thig

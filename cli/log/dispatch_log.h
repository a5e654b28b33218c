// What `deliver` and `run` have in common: their settings, and telling what happens.
#pragma once

#include "cli/app/context.h"
#include "cli/flags/flags.h"
#include "core/dispatch/loop.h"
#include "core/dispatch/observer.h"
#include "core/open.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace thig {

// The flags for the settings of the installation.
struct DispatchFlags {
  int max_in_flight = 1024;
  int disable_after = 10;
  Millis disable_span = std::chrono::hours(1);
  int pause_after = 5;
  Millis grace = std::chrono::seconds(10);

  void declare(Flags& flags);
  DispatchOptions options() const;
};

struct DispatchCounts {
  std::uint64_t attempts = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t dead = 0;
  std::uint64_t retries = 0;  // attempts after the first of a delivery
};

// What somebody has to know who looks at nothing else: webhooks by name.
struct DispatchLosses {
  std::set<std::string> died;  // with deliveries whose retries are exhausted
  std::set<std::string> failing;
  std::set<std::string> disabled;

  bool empty() const { return died.empty() && failing.empty() && disabled.empty(); }
};

// Writes a line for each attempt to standard output (JSON Lines with --json), and warnings of
// trouble to standard error. Lines are held until flush.
class DispatchLog final : public DispatchObserver {
 public:
  enum class Attempts { told, failures_told, counted };
  // With --json every attempt is told.
  DispatchLog(Context& context, Attempts attempts) : context_(context), attempts_(attempts) {}

  void tell(Attempts attempts) { attempts_ = attempts; }
  const DispatchCounts& counts() const { return counts_; }
  const DispatchLosses& losses() const { return losses_; }
  // Webhooks that are disabled get no line of their own where quiet is asked for: losses are told
  // at the end.
  void sum_up_losses() { sums_up_ = true; }
  // Why a webhook could not be sent to at all: the last such reason.
  const std::optional<Error>& blocked_by() const { return blocked_by_; }
  // Called with what concerns one webhook: `kind` is failing, paused, disabled, recovered or died.
  std::function<void(std::string_view kind, const std::string& webhook, const std::string& text)>
      on_news;
  // Called after every attempt.
  std::function<void(const DispatchCounts&)> on_attempt;
  // Called before a line for people is written to this stream.
  std::function<void(Output&)> before_line;

  // Hands over what is held (cli/log/background_log.h).
  void flush();

  void settled(const AttemptReport& report) override;
  void failing(const Endpoint& endpoint, const EndpointHealth& health) override;
  void paused(const Endpoint& endpoint, const EndpointHealth& health) override;
  void disabled(const Endpoint& endpoint, const std::string& reason) override;
  void recovered(const Endpoint& endpoint) override;
  void stuck(const Error& error) override;
  void unstuck() override;
  void lacking(const std::string& what, std::size_t at_once) override;
  void blocked(const Endpoint& endpoint, const Error& error) override;
  // Told with --verbose only.
  void limited(const LimitReport& report) override;

 private:
  std::string attempt_text(const AttemptReport& report) const;
  // Passing troubles are not told where quiet is asked for: they end by themselves or get grave.
  enum class Trouble { passing, grave };
  // `webhook` is empty for what concerns all.
  void tell(Trouble trouble, std::string_view kind, std::string_view webhook,
            const std::string& text, std::optional<Time> until = {});

  Context& context_;
  Attempts attempts_;
  DispatchCounts counts_;
  DispatchLosses losses_;
  bool sums_up_ = false;
  std::optional<Error> blocked_by_;
};

// What is turned, with the log written out before the loop sleeps: nothing is held meanwhile.
LoopParts loop_parts(Context& context, Dispatching& dispatching, DispatchLog& log);

// "4 attempts: 3 delivered, 1 failed"; with the dead if there are any.
std::string describe(const DispatchCounts& counts);
// "2 deliveries died (crm); failing: shop; disabled: erp": one line.
std::string describe(const DispatchLosses& losses, std::uint64_t dead);

}  // namespace thig

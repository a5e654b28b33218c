// SIGHUP for commands that go on working: configuration and keys are to be read again. One whose
// terminal was closed gets the same signal, and is to stop.
#pragma once

#include "cli/app/context.h"

#include <functional>
#include <string>
#include <vector>

namespace thig {

// For as long as it lives. Several may live at once, each of a command that runs beside others: a
// signal is for all of them.
class Hangup {
 public:
  explicit Hangup(Context& context);
  ~Hangup();
  Hangup(const Hangup&) = delete;
  Hangup& operator=(const Hangup&) = delete;

  // True once after SIGHUP, however often it came. When a terminal has gone instead, it asks the
  // command to stop, and is false. Cheap.
  bool reload_wanted();

 private:
  bool terminal_gone() const;

  Context& context_;
  unsigned seen_;  // signals
  bool ends_with_terminal_ = true;
};

// What a reload came to.
struct Reloaded {
  std::vector<std::string> taken;          // "the configuration"
  std::vector<std::string> needs_restart;  // flags that have changed: "--listen"
  std::vector<std::string> failed;         // whole sentences; what was there before stays in use

  // The key file again, and whether the global flags name another database or key file now.
  void reload_key(Store& store);
  void compare_places(const Context& context, const GlobalOptions& fresh);
  // A line of what was taken, and a warning for each of the others.
  void tell(const std::function<void(const std::string&)>& note,
            const std::function<void(const std::string&)>& warn) const;
};

}  // namespace thig

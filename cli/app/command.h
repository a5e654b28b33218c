// What every subcommand is.
#pragma once

#include "cli/app/context.h"
#include "cli/app/exit_code.h"
#include "cli/flags/flags.h"

namespace thig {

class Command {
 public:
  virtual ~Command() = default;
  // Its flags, examples and help. Called once, before run.
  virtual void declare(Flags& flags) = 0;
  // Whether a configuration that is wrong keeps it from running: help must help then.
  virtual bool needs_settings() const { return true; }
  // Writes data to context.out(), which is discarded when this fails; flushes it only to stream.
  virtual Result<ExitCode> run(Context& context) = 0;
};

}  // namespace thig

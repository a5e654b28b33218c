// Runs the command of an incoming webhook.
#pragma once

#include "core/base/time.h"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

struct CommandCall {
  std::vector<std::string> command;      // the program's path and its arguments
  std::string directory;                 // empty: "/"
  std::vector<std::string> environment;  // all of it: "HOOK_NAME=…"
  std::string_view input;
  Millis timeout{30'000};
};

struct CommandEnd {
  std::string failure;  // why it did not end well, for people; empty for exit status 0
  std::string output;   // the first 4 KiB of what it wrote, both streams
  // It is to be run again: `stop` was set and it was killed, or it could not be started for lack of
  // what this machine has (files, processes, memory).
  bool interrupted = false;
};

// "exit status 1: no such host": with what it wrote, in one line.
std::string describe(const CommandEnd& end);

// Waits for its end. Its process group is killed at the timeout, and when it has ended, so that
// nothing it started is left behind. Thread-safe. SIGPIPE must be ignored: a command need not read.
CommandEnd run_command(const CommandCall& call, const std::atomic<bool>& stop);

}  // namespace thig

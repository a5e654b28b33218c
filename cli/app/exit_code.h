// What the process says to its caller when it ends. Scripts rely on these: they only ever grow.
#pragma once

#include "core/base/error.h"

namespace thig {

enum class ExitCode : int {
  done = 0,
  no = 1,         // the answer is no
  usage = 2,      // the call is off
  failed = 3,     // database, network, file, key
  not_found = 4,  // no such webhook, delivery, event type
  busy = 75,      // try again
  not_permitted = 77,
  // Of `doctor --check` alone, as plugins of monitoring systems have them.
  monitoring_ok = 0,
  monitoring_warning = 1,
  monitoring_critical = 2,
  monitoring_unknown = 3,
  hung_up = 129,      // SIGHUP
  interrupted = 130,  // SIGINT
  terminated = 143,   // SIGTERM
};

constexpr ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::invalid:
    case ErrorCode::conflict:
    case ErrorCode::idempotency_mismatch:
      return ExitCode::usage;
    case ErrorCode::not_found:
      return ExitCode::not_found;
    case ErrorCode::not_permitted:
      return ExitCode::not_permitted;
    case ErrorCode::busy:
    case ErrorCode::full:
    case ErrorCode::unavailable:
      return ExitCode::busy;
    case ErrorCode::interrupted:
      return ExitCode::interrupted;
    case ErrorCode::database:
    case ErrorCode::network:
    case ErrorCode::file:
    case ErrorCode::key:
    case ErrorCode::internal:
      return ExitCode::failed;
  }
  return ExitCode::failed;
}

}  // namespace thig

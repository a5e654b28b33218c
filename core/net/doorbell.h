// How a sleeping `run` is woken: by its own sender threads, and by any command that has just
// written to the same database.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <memory>
#include <string>

namespace thig {

// The end that sleeps. Listens on a datagram socket beside the database ("<database>.bell"); file
// mode 0600, or 0660 where a group shares the database.
class Doorbell {
 public:
  virtual ~Doorbell() = default;
  // Sleeps until someone rings, or for `longest`. True if another command rang (it has written to
  // the database); false for our own ring and when the time has passed. Rings while nobody slept
  // count once.
  virtual bool wait(Millis longest) = 0;
  // Our own ring: from any thread of this process, and from signal handlers.
  virtual void ring() noexcept = 0;
};

// Replaces a socket left by a dead process. Works for paths longer than a socket address can hold.
Result<std::unique_ptr<Doorbell>> open_doorbell(const std::string& database);

// One that nobody else can ring: for sending without a database.
Result<std::unique_ptr<Doorbell>> open_private_doorbell();

// Rings the bell of whoever sleeps beside this database. No one there is no fault; never blocks.
void ring_doorbell(const std::string& database) noexcept;

}  // namespace thig

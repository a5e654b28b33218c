// A stream that several write to at once, each through one of these: whole lines reach it, one
// writer's after the other's.
#pragma once

#include "cli/terminal/output.h"

#include <memory>
#include <mutex>

namespace thig {

class SharedOutput final : public Output {
 public:
  // `whole` stays where it is, and is written by those that share `mutex` alone.
  SharedOutput(Output& whole, std::shared_ptr<std::mutex> mutex);

 private:
  Result<Sent> send(std::string_view bytes) override;
  BackgroundWriter::Write writer() const override;

  Output& whole_;
  std::shared_ptr<std::mutex> mutex_;
};

}  // namespace thig

// Several commands that run as one service: it is ready when all of them are, and alive as long as
// all of them are.
#pragma once

#include "cli/app/supervisor.h"

#include <cstddef>
#include <deque>
#include <mutex>

namespace thig {

class SupervisedParts {
 public:
  // `whole` outlives it.
  SupervisedParts(Supervisor& whole, std::size_t count);
  SupervisedParts(const SupervisedParts&) = delete;
  SupervisedParts& operator=(const SupervisedParts&) = delete;

  // For the command of this number; lives as long as this does.
  Supervisor& part(std::size_t number) { return parts_[number]; }

 private:
  class Part final : public Supervisor {
   public:
    explicit Part(SupervisedParts& all) : all_(all) {}
    void ready() override { all_.ready(*this); }
    void reloading() override { all_.reloading(*this); }
    void stopping() override { all_.whole_.stopping(); }
    void beat() override { all_.beat(*this); }
    std::optional<Millis> beat_every() const override { return all_.whole_.beat_every(); }

    bool is_ready = false;
    bool has_beaten = false;  // since the whole has

   private:
    SupervisedParts& all_;
  };

  void ready(Part& part);
  void reloading(Part& part);
  void beat(Part& part);
  bool all_ready() const;

  Supervisor& whole_;
  std::mutex mutex_;
  std::deque<Part> parts_;  // they do not move
};

}  // namespace thig

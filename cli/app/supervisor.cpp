#include "cli/app/supervisor.h"

namespace thig {
namespace {

class Nobody final : public Supervisor {
 public:
  void ready() override {}
  void reloading() override {}
  void stopping() override {}
  void beat() override {}
  std::optional<Millis> beat_every() const override { return std::nullopt; }
};

}  // namespace

Supervisor& unsupervised() {
  static Nobody nobody;
  return nobody;
}

}  // namespace thig

// A reader whose answers come late, or not at all, by a clock moved by hand.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/reader.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace thig {

class FakeReader final : public StoreReader {
 public:
  // When it reads: when it is asked, and only the answer is late; or just before that.
  enum class Reads { at_once, at_the_end };
  struct Pace {
    Millis latency{0};
    Reads reads = Reads::at_once;
    std::optional<Error> failure{};  // the answer, whatever there is to read
  };

  explicit FakeReader(const Clock& clock) : clock_(clock) {}

  // What it reads from now on. What was asked before is never answered.
  void begin(ConfigStore& config, QueueStore& queue) {
    config_ = &config;
    queue_ = &queue;
    wanted_.reset();
    seen_.reset();
    taken_ = 0;
  }
  // How long the next answer takes; none where nothing is said.
  std::function<Pace()> pace = [] { return Pace{}; };

  // How many changes there have been by now; `looked_at` as of the last whole poll that was taken.
  std::function<std::uint64_t()> changes = [] { return 0; };
  std::uint64_t looked_at() const { return taken_; }

  void start(Wanted wanted) override {
    const Pace next = pace();
    wanted_ = std::move(wanted);
    at_ = clock_.now().steady + next.latency;
    if (next.failure) {
      seen_ = std::unexpected(*next.failure);
    } else if (next.reads == Reads::at_once) {
      read_now();
    }
  }
  std::optional<Result<Seen>> take() override {
    if (!wanted_ || at_ > clock_.now().steady) return std::nullopt;
    if (!seen_) read_now();
    if (is_whole_look()) taken_ = read_;
    wanted_.reset();
    return std::exchange(seen_, std::nullopt);
  }
  // When the answer comes.
  std::optional<Millis> next_back() const { return wanted_ ? std::optional(at_) : std::nullopt; }

 private:
  // One that finds another configuration than the one that is known, and was not to read it, has
  // seen nothing else either.
  bool is_whole_look() const {
    const auto* poll = std::get_if<PollWanted>(&*wanted_);
    if (poll == nullptr || !*seen_) return false;
    return poll->lanes || std::get<Sight>(**seen_).config_version == poll->config_version;
  }
  void read_now() {
    read_ = changes();
    seen_ = read(*config_, *queue_, clock_, *wanted_);
  }

  const Clock& clock_;
  ConfigStore* config_ = nullptr;
  QueueStore* queue_ = nullptr;
  std::optional<Wanted> wanted_;
  Millis at_{0};
  std::uint64_t read_ = 0, taken_ = 0;
  std::optional<Result<Seen>> seen_;
};

}  // namespace thig

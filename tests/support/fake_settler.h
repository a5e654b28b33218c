// A settler whose answers come late, or whose database refuses, by a clock moved by hand.
#pragma once

#include "core/base/clock.h"
#include "core/dispatch/settler.h"

#include <deque>
#include <functional>
#include <optional>
#include <utility>

namespace thig {

class FakeSettler final : public Settler {
 public:
  // When a batch is recorded: when it is given, and only the answer is late; or just before that.
  enum class Records { at_once, at_the_end };
  struct Pace {
    Millis latency{0};
    Records records = Records::at_once;
    std::optional<Error> refusal{};  // the answer, and nothing is recorded
  };

  explicit FakeSettler(const Clock& clock) : clock_(clock) {}

  // Where batches go from now on. Of what was given before nothing more comes back, and what is not
  // recorded yet never is: as when a process dies.
  void begin(QueueStore& queue) {
    queue_ = &queue;
    jobs_.clear();
    failed_.reset();
  }
  // How long the next batch takes; at once where nothing is said.
  std::function<Pace()> pace = [] { return Pace{}; };
  std::size_t most_under_way = 0;  // that there ever were

  void start(SettleBatch batch, Time wall) override {
    if (jobs_.empty()) failed_.reset();
    const Pace next = pace();
    Millis at = clock_.now().steady + next.latency;
    if (!jobs_.empty()) at = std::max(at, jobs_.back().at);
    jobs_.push_back({.batch = std::move(batch), .wall = wall, .at = at, .status = {}});
    jobs_.back().refusal = next.refusal;
    // Never before one that was given earlier.
    if (next.records == Records::at_once && recorded_up_to_here()) record(jobs_.back());
    most_under_way = std::max(most_under_way, jobs_.size());
  }
  std::optional<Status> take() override {
    if (jobs_.empty() || jobs_.front().at > clock_.now().steady) return std::nullopt;
    record(jobs_.front());
    Status status = *std::move(jobs_.front().status);
    jobs_.pop_front();
    return status;
  }
  // When the next answer comes.
  std::optional<Millis> next_back() const {
    return jobs_.empty() ? std::nullopt : std::optional(jobs_.front().at);
  }

 private:
  struct Job {
    SettleBatch batch;
    Time wall{};
    Millis at{0};
    std::optional<Error> refusal{};
    std::optional<Status> status;
  };
  bool recorded_up_to_here() const {
    return jobs_.size() < 2 || jobs_[jobs_.size() - 2].status.has_value();
  }
  void record(Job& job) {
    if (job.status) return;
    if (!failed_) failed_ = job.refusal;
    job.status = failed_ ? Status(std::unexpected(*failed_)) : queue_->settle(job.batch, job.wall);
    if (!*job.status && !failed_) failed_ = job.status->error();
  }

  const Clock& clock_;
  QueueStore* queue_ = nullptr;
  std::deque<Job> jobs_;
  std::optional<Error> failed_;
};

}  // namespace thig

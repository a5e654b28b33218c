// A stream of events, one JSON object a line:
// {"event":"project.created","data":{…},"id":"order-1"}.
#pragma once

#include "core/base/error.h"
#include "core/dispatch/emitter.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thig {

// A line is an object with `event` (text), `data` (any JSON; {} if absent) and `id` (text, the
// idempotency key; none if absent) and nothing else. `invalid` otherwise.
Result<EventDraft> parse_batch_line(std::string_view line);

// What became of one line.
struct LineResult {
  std::size_t line = 0;  // from 1
  Result<Receipt> receipt;
};

// Collects lines and records them in groups, each in one durable transaction, or in several where
// many webhooks get them. Blank lines are skipped (and counted).
class BatchIntake {
 public:
  // `report` is called once for every line, in order, after its fate is certain: after the commit
  // of its group, or with the line's own error.
  BatchIntake(Emitter& emitter, bool atomic, std::function<void(const LineResult&)> report);

  // Takes one line without its line end. A line whose key was used with other content is rejected
  // alone; one whose key was used with the same content gets the receipt of then. Commits when a
  // group is full. An error here is the store's (the database is locked, the disk is full): the
  // lines of the group that were not recorded have been reported as failed, and the batch should
  // end.
  Status add(std::string_view line);

  // Commits what is collected: when the input pauses, and at its end. With `atomic` it does nothing
  // before finish.
  Status pause();
  // The end of the input. With `atomic`: records all lines in one transaction, or none if any line
  // was broken or its key was used with other content (`invalid`).
  Status finish();

  std::size_t accepted() const { return accepted_; }  // recorded now
  std::size_t duplicates() const { return duplicates_; }
  std::size_t rejected() const { return rejected_; }

 private:
  struct Pending {
    std::size_t line = 0;
    Result<EventDraft> draft;
  };
  Status commit();
  Status refuse_mismatches(std::span<Result<Receipt>> results);
  Status refuse_broken();
  void report(std::span<Result<Receipt>> results);
  void report_failure(const Error& error);

  Emitter& emitter_;
  bool atomic_;
  std::function<void(const LineResult&)> report_;
  std::deque<Pending> pending_;
  std::size_t bytes_ = 0;
  std::size_t line_ = 0;
  std::size_t accepted_ = 0;
  std::size_t duplicates_ = 0;
  std::size_t rejected_ = 0;
};

}  // namespace thig

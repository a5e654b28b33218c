// A log must never hold up the work it tells of. This writes from a thread of its own what others
// hand over, so that a reader that has stopped reading, a full disk or a reader that has gone costs
// lines and nothing else; lines that are lost are counted, and a line in their place says how many.
#pragma once

#include "core/base/error.h"
#include "core/base/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace thig {

class BackgroundWriter {
 public:
  enum class Wrote { some, reader_gone };
  // Writes some of the bytes, at least one, and takes those off the front. May block forever, and
  // may outlive whoever made it: it must own what it uses.
  using Write = std::function<Result<Wrote>(std::string_view& bytes)>;

  struct Options {
    std::size_t most_held = 4u << 20;  // bytes that wait to be written; what is more is dropped
    Millis retry{1000};                // after a failure
    // The line that stands for lines that were dropped, with its line feed.
    std::function<std::string(std::uint64_t lines)> gap;
  };

  // `internal` if there can be no thread.
  static Result<std::unique_ptr<BackgroundWriter>> start(Write write, Options options);
  // Gives up what is not written.
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  // Hands whole lines over. Never blocks; drops those for which there is no room. Thread-safe.
  void add(std::string_view lines);

  // Waits until all that was handed over is written, for `longest` at most, or fails to be.
  void wait(Millis longest) const;

  // What has gone wrong since it was last asked: nothing, mostly.
  struct Trouble {
    bool dropping = false;       // the reader is too slow; told once
    bool reader_gone = false;    // told once until it can be written again, as is the error
    std::optional<Error> error;  // it cannot be written; it is tried again and again
  };
  Trouble take_trouble();

  struct Ended {
    std::uint64_t dropped = 0;  // lines, in all
    bool reader_gone = false;
    std::optional<Error> error;  // why the last of them could not be written
    bool given_up = false;       // the thread still hangs in a write: leave the stream alone
  };
  // Waits until all is written, and gives up when nothing could be for `stalled`, or after
  // `longest`; at once where writing fails. Afterwards nothing may be added.
  Ended end(Millis stalled, Millis longest);

 private:
  struct State;
  explicit BackgroundWriter(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;  // the thread's too: it may hang in a write when we go
};

}  // namespace thig

#include "cli/log/background_writer.h"

#include "core/base/thread.h"
#include "core/net/thread_setup.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace thig {
namespace {

constexpr std::size_t bytes_at_once = 64 << 10;  // what a pipe holds

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

}  // namespace

struct BackgroundWriter::State {
  Write write;
  Options options;

  std::mutex mutex;
  std::condition_variable changed;   // for the thread
  std::condition_variable advanced;  // for who waits for the end
  std::string waiting;
  std::string under_way;     // changed by the thread alone
  std::size_t written = 0;   // of what is under way
  std::uint64_t pieces = 0;  // written so far
  std::uint64_t dropped = 0;
  std::uint64_t untold = 0;    // of these: no line says so yet
  bool reader_gone = false;    // so said the last write
  std::optional<Error> error;  // or it failed
  Trouble trouble;
  bool told_dropping = false;
  bool ending = false;
  bool done = false;

  bool failing() const { return reader_gone || error; }
  std::size_t held() const { return waiting.size() + under_way.size() - written; }

  void add(std::string_view lines) {
    const std::scoped_lock lock(mutex);
    const std::size_t before = waiting.size();
    const std::size_t room = options.most_held - std::min(options.most_held, held());
    if (lines.size() > room) {
      const auto last = lines.substr(0, room).rfind('\n');
      const auto kept = last == lines.npos ? 0 : last + 1;
      drop(lines.substr(kept));
      lines = lines.substr(0, kept);
    } else {
      tell_gap();
    }
    waiting += lines;
    if (before == 0 && !waiting.empty()) changed.notify_one();
  }

  void drop(std::string_view lines) {
    if (!told_dropping && !failing()) told_dropping = trouble.dropping = true;
    dropped += lines_in(lines);
    untold += lines_in(lines);
  }

  void tell_gap() {
    if (untold == 0) return;
    if (options.gap) waiting += options.gap(untold);
    untold = 0;
  }

  void run() {
    prepare_thread("thig-log");
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return ending || !waiting.empty(); });
      if (waiting.empty()) break;
      under_way = std::exchange(waiting, {});
      written = 0;
      if (!write_out(lock)) break;
      under_way.clear();
      written = 0;
    }
    done = true;
    advanced.notify_all();
  }

  // What is under way; false if it could not be written and nobody waits for it any more.
  bool write_out(std::unique_lock<std::mutex>& lock) {
    while (written < under_way.size()) {
      std::string_view left = std::string_view(under_way).substr(written, bytes_at_once);
      const std::size_t had = left.size();
      lock.unlock();
      auto some = write(left);
      lock.lock();
      written += had - left.size();
      ++pieces;
      advanced.notify_all();
      if (some && *some == Wrote::some) {
        reader_gone = false;
        error.reset();
        continue;
      }
      note_failure(std::move(some));
      if (ending) return false;
      changed.wait_for(lock, options.retry, [this] { return ending; });
    }
    return true;
  }

  void note_failure(Result<Wrote> failed) {
    if (failed) {
      if (!reader_gone) trouble.reader_gone = true;
      reader_gone = true;
      error.reset();
    } else {
      if (!error) trouble.error = failed.error();
      error = std::move(failed).error();
      reader_gone = false;
    }
  }

  Ended end(Millis stalled, Millis longest) {
    std::unique_lock lock(mutex);
    tell_gap();
    ending = true;
    changed.notify_one();
    const auto until = std::chrono::steady_clock::now() + longest;
    while (!done) {
      const std::uint64_t before = pieces;
      advanced.wait_until(lock, std::min(until, std::chrono::steady_clock::now() + stalled),
                          [&] { return done || pieces != before; });
      if (!done && (pieces == before || std::chrono::steady_clock::now() >= until)) break;
    }
    dropped += lines_in(std::string_view(under_way).substr(written)) + lines_in(waiting);
    return {.dropped = dropped, .reader_gone = reader_gone, .error = error, .given_up = !done};
  }
};

Result<std::unique_ptr<BackgroundWriter>> BackgroundWriter::start(Write write, Options options) {
  auto state = std::make_shared<State>();
  state->write = std::move(write);
  state->options = std::move(options);
  THIG_TRY_ASSIGN(thread, start_thread([state] { state->run(); }));
  thread.detach();  // a write that hangs cannot be called back: the process ends without it
  return std::unique_ptr<BackgroundWriter>(new BackgroundWriter(std::move(state)));
}

BackgroundWriter::~BackgroundWriter() {
  const std::scoped_lock lock(state_->mutex);
  state_->ending = true;
  state_->changed.notify_one();
}

void BackgroundWriter::add(std::string_view lines) {
  state_->add(lines);
}

void BackgroundWriter::wait(Millis longest) const {
  std::unique_lock lock(state_->mutex);
  state_->advanced.wait_for(lock, longest,
                            [this] { return state_->held() == 0 || state_->failing(); });
}

BackgroundWriter::Trouble BackgroundWriter::take_trouble() {
  const std::scoped_lock lock(state_->mutex);
  return std::exchange(state_->trouble, {});
}

BackgroundWriter::Ended BackgroundWriter::end(Millis stalled, Millis longest) {
  return state_->end(stalled, longest);
}

}  // namespace thig

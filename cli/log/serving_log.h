// What commands that serve HTTP write while they do: a line for each answer, and what else happens.
#pragma once

#include "cli/app/context.h"

#include <cstdint>
#include <mutex>
#include <string>

namespace thig {

// Called by a service's threads, one at a time in here. Written in the background
// (cli/log/background_log.h): no thread of the service waits for whoever reads it.
class ServingLog {
 public:
  explicit ServingLog(Context& context) : context_(context) {}

  // On standard error.
  void say(const std::string& text);
  void warn(const std::string& text);

  // Warns of a log that cannot be written. To be called now and then.
  void mind();
  std::uint64_t requests() const { return requests_; }

 protected:
  Context& context() { return context_; }
  // What `line` makes, unless the log is to be quiet; called by one thread at a time.
  template <class Line>
  void write(const Line& line) {
    const std::scoped_lock lock(mutex_);
    if (!context_.quiet()) write_line(line());
  }
  template <class Line>
  void write_answer(const Line& line) {
    const std::scoped_lock lock(mutex_);
    ++requests_;
    if (!context_.quiet()) write_line(line());
  }

 private:
  void write_line(const std::string& line);

  Context& context_;
  std::mutex mutex_;
  std::uint64_t requests_ = 0;
};

// A text of a log's line: "-" stands for none.
std::string logged(std::string_view text);

}  // namespace thig

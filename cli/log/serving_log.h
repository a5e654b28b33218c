// What commands that serve HTTP write while they do: a line for each answer, and what else happens.
#pragma once

#include "cli/app/context.h"
#include "cli/log/record.h"

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
  void fail(const std::string& text);  // an error
  // From now on by these settings.
  void keep(const LogSettings& settings);

  // Warns of a log that cannot be written. To be called now and then.
  void mind();
  std::uint64_t requests() const { return requests_; }

 protected:
  Context& context() { return context_; }
  // What `text` or `document` makes of the time, unless the log is to be quiet; called by one
  // thread at a time.
  template <class Text, class Document>
  void write(LogLevel level, const Text& text, const Document& document) {
    const std::scoped_lock lock(mutex_);
    write_line(level, text, document);
  }
  template <class Text, class Document>
  void write_answer(LogLevel level, const Text& text, const Document& document) {
    const std::scoped_lock lock(mutex_);
    ++requests_;
    write_line(level, text, document);
  }

 private:
  template <class Text, class Document>
  void write_line(LogLevel level, const Text& text, const Document& document) {
    if (context_.quiet()) return;
    const Time now = context_.now();
    write_record(context_, level, now, text, [&] { return document(now); });
    static_cast<void>(context_.out().flush());
  }

  Context& context_;
  std::mutex mutex_;
  std::uint64_t requests_ = 0;
};

// A text of a log's line, as core/api/log_lines.h has it: "-" stands for none.
std::string logged(std::string_view text);

}  // namespace thig

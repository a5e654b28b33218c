// Another process of this program, for `demo`.
#pragma once

#include "core/base/error.h"
#include "core/base/file_descriptor.h"

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace thig {

class Child {
 public:
  // `shared`: its standard output is ours; `read`: it is read line by line, and its standard error
  // is dropped.
  enum class Output { shared, read };
  // Runs this program with these arguments and this environment ("HOME=…"). `internal` if it cannot
  // be started.
  static Result<Child> start(const std::vector<std::string>& arguments,
                             const std::vector<std::string>& environment, Output output);
  // Ends it (SIGTERM), and waits for that.
  ~Child();
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child& operator=(Child&&) = delete;

  // The next line of its output, without its end; nothing once there is no more.
  std::optional<std::string> next_line();
  // Waits for its end: its exit status, or 128 and the signal that ended it.
  int wait();

 private:
  Child(pid_t pid, FileDescriptor output) : pid_(pid), output_(std::move(output)) {}

  pid_t pid_;  // 0 once it has been waited for
  FileDescriptor output_;
  std::string held_;
};

}  // namespace thig
